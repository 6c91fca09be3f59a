"""Tenants side by side on a running backend, and a watch that knows whose every mark and every id is."""

"""The faces of a report: one module each, all fed from the same findings, imported when somebody looks."""

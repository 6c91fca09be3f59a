// Who is logged in. The tokens are shared by the tabs of this browser; a refresh token works once, so one tab at a time
// trades it, under a lock, and the others read what it got.

const KEY = "spend-advisor-session";
const LOCK = "spend-advisor-refresh";

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class Session {
  constructor(storage = window.localStorage) {
    this.storage = storage;
    this.onEnd = () => {};
    window.addEventListener("storage", (event) => {
      if (event.key === KEY && event.newValue === null) this.onEnd();
    });
  }

  get tokens() {
    try {
      return JSON.parse(this.storage.getItem(KEY));
    } catch {
      return null;
    }
  }

  async register(account) {
    await call("POST", "/api/register", account);
    await this.logIn(account);
  }

  async logIn(account) {
    this.keep(await call("POST", "/api/login", account));
  }

  async logOut() {
    try {
      await this.request("POST", "/api/logout");
    } finally {
      this.forget();
    }
  }

  // A request as the user; when the access token is over, once more with the next one.
  async request(method, path, body) {
    const { access_token: access } = this.tokens ?? {};
    try {
      return await call(method, path, body, access);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      return call(method, path, body, await this.renewed(access));
    }
  }

  async renewed(stale) {
    return navigator.locks.request(LOCK, async () => {
      const tokens = this.tokens;
      if (tokens && tokens.access_token !== stale) return tokens.access_token;
      if (!tokens?.refresh_token) return this.over();
      try {
        this.keep(await call("POST", "/api/refresh", { refresh_token: tokens.refresh_token }));
      } catch (error) {
        if (error instanceof Refused && error.status < 500) return this.over();
        throw error;
      }
      return this.tokens.access_token;
    });
  }

  over() {
    this.forget();
    this.onEnd();
    throw new Refused(401, "session_over", "Your session is over; log in again.");
  }

  keep(tokens) {
    this.storage.setItem(KEY, JSON.stringify(tokens));
  }

  forget() {
    this.storage.removeItem(KEY);
  }
}

async function call(method, path, body, access) {
  const headers = {};
  if (access) headers.Authorization = `Bearer ${access}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refused(response.status, answer?.error?.code ?? "unknown", answer?.error?.message ?? `The service answered ${response.status}.`);
  }
  return answer;
}

// Tracks a connection's session. The states, and the events that end each:
//
//     disconnected   a session is asked for: connecting
//     connecting     opened: connected. Failed: disconnected
//     connected      lost: reconnecting over WebSocket, else disconnected
//     reconnecting   opened: connected. The last try failed: disconnected
//     closed         nothing; every state leads here when the connection is disposed of

import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "../../core/source-error.ts";
import { abortable } from "../../http/deadline.ts";
import type { EventEmitter } from "../../http/event-emitter.ts";
import type { ConnectionEvents, ConnectionState, ConnectOptions } from "./mcp-connection.ts";
import type { Session } from "./mcp-session.ts";

type Phase =
  | { readonly state: "disconnected" | "closed" }
  | {
      readonly state: "connecting" | "reconnecting";
      readonly opening: Promise<Session>;
      readonly end: AbortController;
    }
  | { readonly state: "connected"; readonly session: Session };

export type OpenSession = (
  signal: AbortSignal,
  onLost: (session: Session) => void,
) => Promise<Session>;

export class ConnectionStates {
  readonly #openSession: OpenSession;
  readonly #options: ConnectOptions;
  readonly #listeners: EventEmitter<ConnectionEvents>;
  #phase: Phase = { state: "disconnected" };
  #last: Session | null = null;

  constructor(
    openSession: OpenSession,
    options: ConnectOptions,
    listeners: EventEmitter<ConnectionEvents>,
  ) {
    this.#openSession = openSession;
    this.#options = options;
    this.#listeners = listeners;
  }

  get state(): ConnectionState {
    return this.#phase.state;
  }

  /** The current session or else the last one, for what it said of itself. */
  get last(): Session | null {
    return this.#last;
  }

  /** The session, opened if there is none. Throws what opening it throws, `source-unreachable` once it is closed. */
  async session(signal?: AbortSignal): Promise<Session> {
    const phase = this.#phase;
    if (phase.state === "closed") throw this.#closedFailure();
    if (phase.state === "connected") return phase.session;
    if (phase.state === "reconnecting") {
      return this.#within(this.#options.connectTimeoutMs, phase.opening, signal);
    }
    const opening =
      phase.state === "connecting"
        ? phase.opening
        : this.#begin("connecting", (end) => this.#open(end));
    return signal === undefined ? opening : abortable(signal, () => opening);
  }

  /** Throws `source-timeout` after `ms`, `source-unreachable` if nothing connects. */
  async wait(ms: number): Promise<void> {
    const phase = this.#phase;
    if (phase.state === "connected") return;
    if (!("opening" in phase)) throw this.#closedFailure();
    await this.#within(ms, phase.opening);
  }

  async drop(session: Session): Promise<void> {
    if (this.#lose(session)) await session.close().catch(() => undefined);
  }

  /** Closes the connection on which a call broke, unless it has another session by now. */
  closeBroken(session: Session): void {
    const phase = this.#phase;
    const isOther =
      phase.state === "connecting" || ("session" in phase && phase.session !== session);
    if (!isOther) void this.end("disconnected");
  }

  async end(next: "disconnected" | "closed"): Promise<void> {
    const before = this.#phase;
    if (before.state === "closed") return;
    this.#phase = { state: next };
    if ("session" in before) await before.session.close().catch(() => undefined);
    if (!("opening" in before)) return;
    before.end.abort(this.#closedFailure());
    await before.opening.catch(() => undefined);
  }

  #closedFailure(): SourceError {
    const what = `The connection to ${this.#options.name} was closed.`;
    return new SourceError("source-unreachable", what, { isUnsent: true });
  }

  #open(signal: AbortSignal): Promise<Session> {
    return this.#openSession(signal, (session) => this.#lose(session));
  }

  /** Enters a state that lasts until `work` has opened a session or has failed. */
  #begin(
    state: "connecting" | "reconnecting",
    work: (signal: AbortSignal) => Promise<Session>,
  ): Promise<Session> {
    const end = new AbortController();
    const opening = this.#settle(state, end.signal, work(end.signal));
    // Nobody may be waiting for it.
    opening.catch(() => undefined);
    this.#phase = { state, opening, end };
    return opening;
  }

  async #settle(
    state: "connecting" | "reconnecting",
    end: AbortSignal,
    opening: Promise<Session>,
  ): Promise<Session> {
    try {
      const session = await opening;
      if (end.aborted) await session.close();
      end.throwIfAborted();
      this.#phase = { state: "connected", session };
      this.#last = session;
      this.#listeners.emit("connected");
      return session;
    } catch (error) {
      end.throwIfAborted();
      this.#phase = { state: "disconnected" };
      if (state === "reconnecting") this.#listeners.emit("maxReconnectAttemptsReached");
      else this.#listeners.emit("error", error as Error);
      throw error;
    }
  }

  #lose(session: Session): boolean {
    if (!("session" in this.#phase) || this.#phase.session !== session) return false;
    const { firstDelayMs, attempts } = this.#options.reconnect ?? {
      firstDelayMs: 2000,
      attempts: 5,
    };
    // Other transports connect again with the next call.
    if (session.isSocket && attempts > 0) {
      void this.#begin("reconnecting", (end) => this.#openAgain(firstDelayMs, attempts, end));
    } else {
      this.#phase = { state: "disconnected" };
    }
    this.#listeners.emit("disconnected");
    return true;
  }

  async #openAgain(firstDelayMs: number, attempts: number, end: AbortSignal): Promise<Session> {
    for (let attempt = 1; ; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await sleep(firstDelayMs * 2 ** (attempt - 1), undefined, { ref: false, signal: end });
      try {
        // oxlint-disable-next-line no-await-in-loop
        return await this.#open(end);
      } catch (error) {
        if (attempt >= attempts || end.aborted) throw error;
      }
    }
  }

  async #within(ms: number, opening: Promise<Session>, signal?: AbortSignal): Promise<Session> {
    const time = AbortSignal.timeout(ms);
    const either = signal === undefined ? time : AbortSignal.any([time, signal]);
    try {
      return await abortable(either, () => opening);
    } catch (error) {
      if (!time.aborted || signal?.aborted === true) throw error;
      const what = `${this.#options.name} did not connect within ${ms} ms.`;
      throw new SourceError("source-timeout", what, { isUnsent: true });
    }
  }
}

// The part of Claude Code's interface for modules that the pane uses: `claude-code.d.ts` of 2.1.329, which calls it early access.

/** What `h` makes: plain data. */
export type Element = object;

type Props = Readonly<Record<string, unknown>>;

/** The elements of the surface that draws. */
export interface Elements {
  Box: unknown;
  Text: unknown;
  Button: unknown;
}

interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ClaudeCode {
  ui: {
    open: (pane: { id: string; title: string; columns?: number }) => Promise<{
      isPlaced: boolean;
      reason?: string;
    }>;
    close: (pane: { id: string }) => Promise<void>;
    panes: () => Promise<readonly { id: string }[]>;
    resolve: (event: RenderEvent) => Elements;
    invalidate: (event: "ui.render") => void;
    toast: (text: string) => void;
  };
  session: { id: () => Promise<string> };
  fs: {
    read: (file: string) => Promise<string>;
    write: (file: string, text: string) => Promise<void>;
    stat: (file: string) => Promise<{ mtimeMs: number }>;
  };
  store: {
    get: (key: string) => Promise<unknown>;
    set: (key: string, value: unknown) => Promise<void>;
  };
  clock: {
    now: () => Promise<number>;
    every: (ms: number, call: () => Promise<void>) => { cancel: () => void };
  };
  process: {
    hookEnv: () => Promise<Readonly<Record<string, string>>>;
    /** Without a shell, in the session's folder. `env`: besides Claude Code's own. Rejects when it cannot start. */
    run: (words: readonly string[], init: { env: Record<string, string> }) => Promise<Ran>;
  };
}

export interface RenderEvent {
  props: { bodyColumns: number };
}

interface CommandEvent {
  args: string;
}

/** `isTextDisplayOnly`: the person reads the text, and no request includes it. */
interface CommandResult {
  text: string;
  isTextDisplayOnly: true;
}

interface Events {
  "session.start": { event: { isInteractive: boolean }; response: unknown };
  "command.run": { event: CommandEvent; response: CommandResult | Element };
  "ui.render": { event: RenderEvent; response: Element };
  "ui.close": { event: { id: string; origin: { kind: string } }; response: unknown };
}

/** `next` goes on to other modules and to what Claude Code itself does. */
type Hook<Name extends keyof Events> = (
  api: ClaudeCode,
  event: Events[Name]["event"],
  next: (event: Events[Name]["event"]) => Promise<Events[Name]["response"]>,
) => Promise<Events[Name]["response"]>;

export type On = <Name extends keyof Events>(name: Name, matcher: Props, hook: Hook<Name>) => void;

declare global {
  /** A global of Claude Code's environment for modules. */
  var h: (element: unknown, props: Props | null, ...children: readonly unknown[]) => Element;
}

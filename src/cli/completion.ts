// Shell completion: the shell asks for words at each Tab, and completes file names when there are none.

import type { CommandContext } from "../config/context.ts";
import type { Verb } from "./program/verb.ts";
import { print, unwrappedLines } from "./terminal/terminal.ts";

const bash = `complete -o default -C "sitrep completion words --" sitrep`;

const scripts: Readonly<Record<string, string>> = {
  bash: `# Completes sitrep in bash. In ~/.bashrc: source <(sitrep completion bash)
${bash}`,
  zsh: `# Completes sitrep in zsh. In ~/.zshrc, after compinit: source <(sitrep completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash}`,
  fish: `# Completes sitrep in fish: sitrep completion fish >~/.config/fish/completions/sitrep.fish
function __sitrep_complete
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    set -l words (sitrep completion words --)
    set -q words[1]; and printf '%s\\n' $words; or __fish_complete_path (commandline -ct)
end
complete -c sitrep -f -a '(__sitrep_complete)'`,
};

type Option = Verb["options"][number];

const findOption = ({ options }: Verb, word: string): Option | undefined =>
  options.find(({ long, short }) => long === word || short === word);

const optionNames = ({ options }: Verb): string[] => {
  const shown = options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  return [...new Set([...shown, "--color", "--help"])];
};

/** Lists the words that can complete a line such as `sitrep task st`. */
export function completions(program: Verb, line: string): string[] {
  const words = line.split(/\s+/).slice(1);
  const typed = words.pop() ?? "";
  let verb = program;
  let position = 0;
  let waiting: Option | undefined;
  for (const word of words) {
    if (waiting !== undefined) waiting = undefined;
    else if (word.startsWith("-")) {
      const option = findOption(verb, word);
      waiting = option?.required === true ? option : undefined;
    } else {
      const next = position === 0 ? verb.childOf(word) : undefined;
      if (next !== undefined) verb = next;
      // `help` is followed by a command, not by an argument.
      else if (verb !== program || word !== "help") position += 1;
    }
  }
  const names = position > 0 ? [] : verb.below.map((one) => one.name());
  const choices = verb.registeredArguments[position]?.argChoices ?? [];
  const all =
    waiting?.argChoices ??
    (waiting !== undefined
      ? []
      : typed.startsWith("-")
        ? optionNames(verb)
        : [...names, ...choices]);
  return all.filter((word) => word.startsWith(typed));
}

export function runCompletion({ env }: CommandContext, program: Verb, what: string): void {
  const script = scripts[what];
  if (script !== undefined) return print(...unwrappedLines(script));
  const { COMP_LINE: line = "", COMP_POINT: end = line.length } = env;
  print(...completions(program, line.slice(0, Number(end))));
}

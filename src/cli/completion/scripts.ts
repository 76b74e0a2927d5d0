// What a shell reads to complete `sitrep`: it asks the command itself at each Tab, so that no list of it grows old.

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

// A line of the command is a word and, behind two blanks, what it is; `:files` and `:dirs` leave it to the shell.
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completes sitrep in bash. In ~/.bashrc: source <(sitrep completion bash)
_sitrep() {
  local line current=\${COMP_WORDS[COMP_CWORD]}
  [[ $current != '=' ]] || current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
    :files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
    :dirs) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
    *) line=\${line%%  *}; [[ $line != "$current"* ]] || COMPREPLY+=("$line") ;;
    esac
  done < <("$1" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _sitrep sitrep`,
  zsh: `#compdef sitrep
# Completes sitrep in zsh. In ~/.zshrc, behind compinit: source <(sitrep completion zsh)
_sitrep() {
  local line
  local -a lines values
  lines=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    case $line in
    :files) _files ;;
    :dirs) _files -/ ;;
    *'  '*) values+=("\${\${line%%  *}//:/\\\\:}:\${line#*  }") ;;
    ?*) values+=("\${line//:/\\\\:}") ;;
    esac
  done
  (( ! $#values )) || _describe -t values sitrep values
}
if [[ \${funcstack[1]-} == _sitrep ]]; then _sitrep "$@"; else compdef _sitrep sitrep; fi`,
  fish: `# Completes sitrep in fish: sitrep completion fish >~/.config/fish/completions/sitrep.fish
function __sitrep_words
    set -l tokens (commandline -opc) (commandline -ct)
    for line in (command $tokens[1] completion words -- $tokens[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':dirs'
                __fish_complete_directories (commandline -ct) ''
            case '*'
                string replace '  ' \\t -- $line
        end
    end
end
complete -c sitrep -f -a '(__sitrep_words)'`,
};

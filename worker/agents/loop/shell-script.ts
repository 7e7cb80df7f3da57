/**
 * What bash runs for one call of a session. Each call is a process group of its own, so that it can
 * be killed whole, and leaves directory, variables, functions and options in the session's folder
 * for the next. The command comes on standard input, since arguments are limited to 128 KiB.
 * Arguments: the folder, the name of the call.
 */
const BEGIN = `
__sbench_folder=$1 __sbench_name=$2
if [ ! -d "$__sbench_folder" ]; then
  mkdir -p -m 700 "$__sbench_folder"
  echo "[the state of the shell was gone: this is a new session]"
fi
echo $$ >"$__sbench_folder/$__sbench_name.pid"
__sbench_command=$(cat)
set --
`

const RESTORE = `
if [ -r "$__sbench_folder/state" ]; then . "$__sbench_folder/state"; fi
`

/** Leaves out what bash gives every process anew, and what cannot be set. */
const SAVE = `
__sbench_save() {
  {
    if [ -n "\${__sbench_saved-}" ]; then return; fi
    __sbench_saved=1
    local __sbench_flags=$-
    local __sbench_set=$(set +o)
    set +exuv +o pipefail
  } 2>/dev/null
  {
    printf 'cd -- %q || echo "[the working directory is gone]"\\n' "$PWD"
    umask -p
    shopt -p
    alias -p
    compgen -A function | while IFS= read -r __sbench_n; do
      case $__sbench_n in __sbench_*) ;; *) declare -f -- "$__sbench_n" ;; esac
    done
    echo 'for __sbench_n in $(compgen -e); do [ $__sbench_n = PWD ] || unset -v $__sbench_n; done'
    compgen -v | while IFS= read -r __sbench_n; do
      case $__sbench_n in
        __sbench_*|BASH|BASH_*|BASHOPTS|BASHPID|COMP_*|COMPREPLY|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS) ;;
        HISTCMD|LINENO|OPTARG|OPTERR|OPTIND|PIPESTATUS|PPID|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID|_) ;;
        *) declare -p -- "$__sbench_n" ;;
      esac
    done
    printf '%s\\n' "$__sbench_set"
    # Which a command substitution never shows.
    case $__sbench_flags in *e*) echo 'set -e' ;; esac
  } >"$__sbench_folder/state.new" 2>/dev/null && mv -f "$__sbench_folder/state.new" "$__sbench_folder/state"
}
`

export const FOREGROUND = `${BEGIN}
exec </dev/null 2>&1
${RESTORE}${SAVE}
trap __sbench_save EXIT
eval "$__sbench_command"
__sbench_code=$?
__sbench_save
exit $__sbench_code
`

/** Says that it runs, then prints into a file. Its shell outlives an interrupt to note the end. */
export const BACKGROUND = `${BEGIN}
echo running
exec </dev/null >"$__sbench_folder/$__sbench_name.out" 2>&1
trap : INT TERM
( trap - INT TERM; ${RESTORE} eval "$__sbench_command" )
echo $? >"$__sbench_folder/$__sbench_name.exit"
`

/**
 * New output of a background job on standard output; on standard error its size and its state.
 * Arguments: folder, name, first byte (from 1), bytes at most, tenths of a second to wait for its end.
 */
export const READ_JOB = `
cd "$1" 2>/dev/null && [ -r "$2.pid" ] || { echo "0 unknown" >&2; exit 0; }
pid=$(cat "$2.pid") waited=0
while [ ! -s "$2.exit" ] && kill -0 "$pid" 2>/dev/null && [ $waited -lt "$5" ]; do
  sleep 0.1
  waited=$((waited + 1))
done
if [ -s "$2.exit" ]; then state="exited $(cat "$2.exit")"
elif kill -0 "$pid" 2>/dev/null; then state=running
else state=killed
fi
size=$(wc -c <"$2.out")
echo "$((size)) $state" >&2
first=$3
[ $((size - first + 1)) -gt "$4" ] && first=$((size - $4 + 1))
tail -c "+$first" "$2.out" | head -c "$4"
`

/** Signals the process group of a job or call that still runs. Arguments: folder, name, signal. */
export const SIGNAL = `
pid=$(cat "$1/$2.pid" 2>/dev/null) || { echo unknown; exit 0; }
if [ -s "$1/$2.exit" ] || ! tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$1 $2"; then
  echo ended
else
  kill -s "$3" -- "-$pid" && echo signalled
fi
`

/**
 * What bash runs for one call of a session. Each call is a process group of its own, so that it can
 * be killed whole, and leaves directory, variables, functions and options in the session's folder
 * for the next. Builtins alone do that: on a busy machine each process more costs milliseconds.
 * Arguments: the folder, the name of the call, and `long` for a command that is better read by `cat`
 * than byte by byte. The command comes on standard input: as an argument, which may have 128 KiB, it
 * would make a `pkill -f` in it hit its own shell.
 */
const BEGIN = `
if [ ! -d "$1" ]; then
  mkdir -p -m 700 "$1"
  echo "[the state of the shell was gone: this is a new session]"
fi
echo $$ >"$1/$2.pid"
if [ "$3" = long ]; then __sbench_command=$(cat); else IFS= read -r -d "" __sbench_command; fi
set -- "$1" "$2" "$__sbench_command"
`

/** The last state that was written whole. */
const RESTORE = `
if [ -r "$1/states" ]; then
  mapfile -t __sbench_names <"$1/states"
  . "$1/\${__sbench_names[-1]}.state"
fi
`

/** Leaves out what bash gives every process anew, and what cannot be set. */
const SAVE = `
__sbench_save() {
  if [ -n "\${__sbench_saved-}" ]; then return; fi
  __sbench_saved=1
  {
    echo '__sbench_options() {'
    shopt -po
    echo '}'
    set +exuv +o pipefail
    shopt -p
    alias -p
    umask -p
    unset -f __sbench_options
    declare -f
    echo 'compgen -e >"$1/$2.names"'
    echo 'mapfile -t __sbench_names <"$1/$2.names"'
    echo 'for __sbench_n in "\${__sbench_names[@]}"; do [ $__sbench_n = PWD ] || unset -v $__sbench_n; done'
    printf 'cd -- %q || echo "[the working directory is gone]"\\n' "$PWD"
    local __sbench_names=() __sbench_kept=() __sbench_n
    compgen -v >"$__sbench_folder/$__sbench_name.names"
    mapfile -t __sbench_names <"$__sbench_folder/$__sbench_name.names"
    for __sbench_n in "\${__sbench_names[@]}"; do
      case $__sbench_n in
        __sbench_*|BASH|BASH_*|BASHOPTS|BASHPID|COMP_*|COMPREPLY|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS) ;;
        HISTCMD|LINENO|OPTARG|OPTERR|OPTIND|PIPESTATUS|PPID|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID|_) ;;
        *) __sbench_kept+=("$__sbench_n") ;;
      esac
    done
    declare -p -- "\${__sbench_kept[@]}"
    echo __sbench_options
  } 2>/dev/null >"$__sbench_folder/$__sbench_name.state" || return
  echo "$__sbench_name" 2>/dev/null >>"$__sbench_folder/states"
}
`

export const FOREGROUND = `${BEGIN}
exec </dev/null 2>&1
${RESTORE}${SAVE}
__sbench_folder=$1 __sbench_name=$2 __sbench_command=$3
set --
trap __sbench_save EXIT
eval "$__sbench_command"
__sbench_code=$?
__sbench_save
exit $__sbench_code
`

/** Says that it runs, then prints into a file. Its shell outlives an interrupt to note the end. */
export const BACKGROUND = `${BEGIN}
echo running
exec </dev/null >"$1/$2.out" 2>&1
trap : INT TERM
(
  trap - INT TERM
  ${RESTORE}
  __sbench_command=$3
  set --
  eval "$__sbench_command"
)
echo $? >"$1/$2.exit"
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

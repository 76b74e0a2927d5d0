# Silenced by `sitrep off` or SITREP_OFF=1.
[ "${SITREP_OFF-}" != 1 ] || exit 0
[ ! -e "$sitrep_state/off" ] || exit 0

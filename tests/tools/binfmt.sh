#!/bin/sh
# binfmt.sh -- has the kernel run stamped programs of arm64 by an emulation, until its owner is gone.
#
# usage: unshare -m --propagation private binfmt.sh OWNER_PID EMULATION FOLDER
#
# Prints "ready", or one line that says why not.  Only programs that have "clnrm" in the padding of
# their ELF header are run so: others of this machine are none of this test's business.  On TERM, and when
# its owner ends, the registration is taken back; kernels since 6.7 forget it with the last mount as well.
set -u
owner=$1 emulation=$2 folder=$3
name=clnrm-test-$$

fail() {
  echo "$1"
  exit 1
}
grep -q 'binfmt_misc$' /proc/filesystems || fail "the kernel has no binfmt_misc"
said=$(mount -t binfmt_misc none "$folder" 2>&1) || fail "binfmt_misc cannot be mounted: $said"
trap 'exit 0' TERM INT HUP
trap '[ ! -e "$folder/$name" ] || echo -1 >"$folder/$name"' EXIT

# 64 bits, little-endian, version 1; any ABI; the stamp; a program or a shared object; AArch64
magic='\x7fELF\x02\x01\x01\x00\x00clnrm\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
# F: the emulation is opened now, and need not be in a container
said=$(printf '%s' ":$name:M:0:$magic:$mask:$emulation:F" 2>&1 >"$folder/register") \
  || fail "binfmt_misc refused the emulation: $said"
echo ready
while kill -0 "$owner" 2>/dev/null; do
  sleep 1 &
  wait $!
done

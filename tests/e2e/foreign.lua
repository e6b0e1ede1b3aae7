--- Images for another processor, and the emulation that lets this machine run them.
local json = require("core.json")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local M = {}

M.ARCHITECTURE, M.MACHINE = "arm64", "aarch64"

local PROGRAMS = assert(os.getenv("CLNRM_ROOT")) .. "/build/foreign"
local SIGTERM = 15
local READY_MS = 30000

-- bash is its /bin/sh, since busybox's shell starts its applets by itself, out of /proc/self/exe:
-- under the emulation that is another program
local ROOT = [==[
mkdir -p root/bin root/etc root/tmp root/root root/proc root/sys root/dev
chmod 1777 root/tmp
cp %s/busybox root/bin/busybox && cp %s/bash-static root/bin/sh
for file in root/bin/busybox root/bin/sh; do
  printf clnrm | dd of=$file bs=1 seek=9 conv=notrunc status=none # see tests/tools/binfmt.sh
done
for applet in $(/bin/busybox --list); do
  [ -e root/bin/$applet ] || ln -s busybox root/bin/$applet
done
printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n' >root/etc/passwd
printf 'root:x:0:\napp:x:1000:\n' >root/etc/group
tar -C root --owner=0 --group=0 --numeric-owner -cf layer.tar .
]==]

--- Says why there are no such images here, if so.
---@return string?
function M.missing()
  if support.sh("uname -m").out ~= "x86_64\n" then
    return "programs for another processor are fetched on amd64 alone"
  end
  for _, name in ipairs({ "busybox", "bash-static", "qemu-aarch64-static" }) do
    if not io.open(PROGRAMS .. "/" .. name) then
      return "build/foreign has no " .. name .. ": run tools/deps.sh test"
    end
  end
end

--- Makes an image of arm64 in an engine, as `docker save` writes one: `docker import --platform`
--- of Engine 20.10 takes the operating system of a platform, and leaves the processor out.
---@param engine tests.Engine
---@param name string
---@param config table of the image
function M.load(engine, name, config)
  local dir = support.tempdir()
  local made = support.sh(ROOT:gsub("%%s", PROGRAMS) .. "sha256sum <layer.tar", { cwd = dir })
  assert(made.code == 0, made.err)
  support.write(dir .. "/config.json", json.encode({
    architecture = M.ARCHITECTURE, variant = "v8", os = "linux", config = config,
    rootfs = { type = "layers", diff_ids = { "sha256:" .. made.out:match("^%x+") } },
  }))
  support.write(dir .. "/manifest.json", json.encode({
    { Config = "config.json", RepoTags = { name }, Layers = { "layer.tar" } },
  }))
  made = support.sh("tar -cf all.tar config.json layer.tar manifest.json", { cwd = dir })
  assert(made.code == 0, made.err)
  assert(engine:docker("load", "-i", dir .. "/all.tar"))
  support.remove(dir)
end

--- Has the kernel run such programs, until it is closed.
---@return { close: fun(self) }?
---@return string? reason
---@nodiscard
function M.emulation()
  local dir = support.tempdir()
  local self_pid = io.open("/proc/self/stat"):read("n")
  local process = assert(proc.spawn({ argv = { "unshare", "-m", "--propagation", "private",
    "tests/tools/binfmt.sh", tostring(self_pid), PROGRAMS .. "/qemu-aarch64-static", dir } }))
  local held = {}
  function held.close()
    process:signal(SIGTERM)
    process:wait()
    support.remove(dir)
  end
  for _ = 1, READY_MS do
    local said = (process:stdout() or "") .. (process:stderr() or "")
    local line = said:match("^([^\n]*)\n")
    if line == "ready" then
      return setmetatable(held, { __close = held.close })
    elseif line then
      held.close()
      return nil, line
    end
    task.sleep(1)
  end
  held.close()
  error("binfmt.sh said nothing")
end

return M

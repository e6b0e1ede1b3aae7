--- Images for tests: made here, of Debian's static busybox; no registry is asked.
local support = dofile("tests/e2e/support.lua")

local M = {}

local APPLETS = "sh ls cat echo id pwd grep wc head cut test [ true false sleep touch mkdir rm cp "
  .. "mv ln chmod env uname tr sort find stat nc httpd printf seq dd hostname awk sed"

--- Makes a root with busybox in it; fine when it is there.
---@param dir string
function M.busybox(dir)
  local script = "mkdir -p %s/bin %s/sbin %s/etc %s/tmp %s/root && cp /bin/busybox %s/bin/"
  assert(os.execute((script:gsub("%%s", support.quote(dir)))))
  for name in APPLETS:gmatch("%S+") do
    os.execute(("ln -sf busybox %s/bin/'%s'"):format(support.quote(dir), name))
  end
  support.write(dir .. "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
  support.write(dir .. "/etc/group", "root:x:0:\n")
  support.write(dir .. "/etc/motd", "made by a test\n")
end

--- Lists a tree with types, modes, sizes, times, links and contents.
---@param dir string
---@return string
function M.listing(dir)
  local got = support.sh("find . -printf '%y %m %s %T@ %p %l\\n' | sort; "
    .. "find . -type f -print0 | sort -z | xargs -0 sha256sum", { cwd = dir })
  assert(got.code == 0 and #got.out > 0)
  return got.out
end

--- Who runs the tests.
---@return integer
function M.user_id()
  return tonumber(support.sh("id -u").out) --[[@as integer]]
end

return M

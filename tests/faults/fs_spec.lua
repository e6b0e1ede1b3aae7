--- Failing calls of the kernel, injected by strace: a write fails as a whole or not at all.
local fs = require("core.fs")

local clnrm = assert(os.getenv("CLNRM"), "CLNRM names the program")
-- LeakSanitizer cannot work under strace; the specs look for leaks.
local STRACE = ("strace -qq -E ASAN_OPTIONS='%s:detect_leaks=0'"):format(
  os.getenv("ASAN_OPTIONS") or "")
local KINDS = { "ENOSPC", "EIO", "EDQUOT", "EROFS", "ENOMEM", "EINTR", "EFBIG" }

--- Counts the calls of `syscall` before a script's own: libuv writes to a pipe of its own.
local function calls_before(dir, syscall)
  assert(fs.write_atomic(dir .. "/empty.lua", "os.exit(0)"))
  assert(os.execute(("%s -o '%s/calls' -e trace=%s '%s' lua '%s/empty.lua'"):format(
    STRACE, dir, syscall, clnrm, dir)))
  return select(2, assert(fs.read(dir .. "/calls")):gsub("%f[%w]" .. syscall .. "%(", ""))
end

--- Runs `code` (Lua, arg[1] is the folder) while its `nth` call of `syscall` fails.  Returns what
--- it wrote to arg[1]/answer: "ok" or the code of the error.
local function inject(dir, code, syscall, kind, nth)
  assert(fs.write_atomic(dir .. "/script.lua", code))
  local strace = ("%s -o /dev/null -e trace=%s -e inject=%s:error=%s:when=%d"):format(
    STRACE, syscall, syscall, kind, calls_before(dir, syscall) + nth)
  local command = ("%s '%s' lua '%s/script.lua' '%s' > '%s/out' 2>&1"):format(
    strace, clnrm, dir, dir, dir)
  local ran, how, status = os.execute(command)
  assert(ran, ("%s %d: %s"):format(how, status, fs.read(dir .. "/out") or ""))
  return (fs.read(dir .. "/answer"))
end

local WRITE = [[
  local fs = require("core.fs")
  local ok, err = fs.write_atomic(arg[1] .. "/data/f", ("new"):rep(50000), { mode = 384 })
  local file = assert(io.open(arg[1] .. "/answer", "w")) -- a later write, which does not fail
  file:write(ok and "ok" or err.code)
  os.exit(file:close() and 0 or 1)
]]

local APPEND = WRITE:gsub("write_atomic", "append"):gsub(", { mode = 384 }", "")

describe("core.fs under failing calls", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.mkdir_p(dir .. "/data"))
    assert(fs.write_atomic(dir .. "/data/f", "old"))
  end)
  after_each(function() assert(fs.remove_tree(dir)) end)

  local function contents()
    local entries = assert(fs.scandir(dir .. "/data"))
    assert.equal(1, #entries) -- no half file under another name
    assert.equal("f", entries[1].name)
    return assert(fs.read(dir .. "/data/f"))
  end

  for _, case in ipairs({ { "write", 1 }, { "fsync", 1 }, { "renameat", 1 }, { "fchmod", 1 } }) do
    for _, kind in ipairs(KINDS) do
      it(("keeps the old file when %s fails with %s"):format(case[1], kind), function()
        local answer = inject(dir, WRITE, case[1], kind, case[2])
        if case[1] == "write" and kind == "EINTR" then
          assert.equal("ok", answer)
          assert.equal(("new"):rep(50000), contents())
        else
          assert.equal(kind, answer)
          assert.equal("old", contents())
        end
      end)
    end
  end

  it("says that a folder was not synced, with the new file whole", function()
    assert.equal("EIO", inject(dir, WRITE, "fsync", "EIO", 2))
    assert.equal(("new"):rep(50000), contents())
  end)

  it("tells of a failing append", function()
    for _, kind in ipairs(KINDS) do
      local answer = inject(dir, APPEND, "write", kind, 1)
      assert.equal(kind == "EINTR" and "ok" or kind, answer)
      assert.matches("^old", contents())
    end
  end)
end)

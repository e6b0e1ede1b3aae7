local fs = require("core.fs")
local lock = require("core.lock")
local proc = require("core.proc")

describe("core.lock", function()
  local dir
  before_each(function()
    dir = assert(fs.tempdir())
  end)
  after_each(function()
    fs.remove_tree(dir)
  end)

  it("is held by one at most, until it is given back", function()
    local first = assert(lock.try(dir .. "/lock"))
    local second, err = lock.try(dir .. "/lock")
    assert.is_nil(second)
    assert.equal("EAGAIN", err.code)
    first:close()
    first:close()
    assert(lock.try(dir .. "/lock")):close()
    assert.equal(384, fs.stat(dir .. "/lock").mode) -- 0600
  end)

  it("is shared by who asks for that, and by nobody else", function()
    local first = assert(lock.try(dir .. "/lock", true))
    local second = assert(lock.try(dir .. "/lock", true))
    assert.equal("EAGAIN", select(2, lock.try(dir .. "/lock")).code)
    first:close()
    assert.equal("EAGAIN", select(2, lock.try(dir .. "/lock")).code)
    second:close()
    local alone = assert(lock.try(dir .. "/lock"))
    assert.equal("EAGAIN", select(2, lock.try(dir .. "/lock", true)).code)
    alone:close()
  end)

  it("excludes other processes, and ends with its holder", function()
    local text = ("flock -n '%s/lock' echo free"):format(dir)
    local function other()
      local process <close> = assert(proc.spawn({ argv = { "sh", "-c", text } }))
      process:wait()
      return process:stdout()
    end
    do
      local _ <close> = assert(lock.try(dir .. "/lock"))
      assert.equal("", other())
    end
    assert.equal("free\n", other())
    local holder <close> = assert(proc.spawn({
      argv = { "flock", dir .. "/lock", "sh", "-c", "echo held; exec sleep 60" },
    }))
    while holder:stdout() == "" do
      require("core.task").sleep(1)
    end
    assert.equal("EAGAIN", select(2, lock.try(dir .. "/lock")).code)
    holder:close()
    local free
    for _ = 1, 1000 do
      free = lock.try(dir .. "/lock")
      if free then
        break
      end
      require("core.task").sleep(1)
    end
    assert(free):close()
  end)

  it("follows no link, and takes nothing but a file", function()
    assert(fs.symlink(dir .. "/lock", dir .. "/target"))
    assert.equal("ELOOP", select(2, lock.try(dir .. "/lock")).code)
    assert.equal("EISDIR", select(2, lock.try(dir)).code)
    assert.equal("ENOENT", select(2, lock.try(dir .. "/no/lock")).code)
    assert.has_error(function()
      lock.try(dir .. "/a\0b")
    end)
  end)
end)

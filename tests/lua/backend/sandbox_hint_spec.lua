local fs = require("core.fs")
local hint = require("engine.backend.sandbox_hint")

local function not_found()
  return { code = "COMMAND_NOT_FOUND", message = "command not found" }
end

describe("engine.backend.sandbox_hint", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    fs.mkdir_p(dir .. "/bin")
    fs.mkdir_p(dir .. "/far")
    fs.write_atomic(dir .. "/bin/sqlite3", "", { mode = 493 })
    fs.write_atomic(dir .. "/far/elsewhere", "", { mode = 493 })
    fs.write_atomic(dir .. "/far/no-program", "", { mode = 420 })
  end)

  after_each(function()
    fs.remove_tree(dir)
  end)

  it("names the program that is nearly called so", function()
    local path = dir .. "/none:" .. dir .. "/bin"
    assert.equal("did you mean `sqlite3`?", hint.not_found("sqlite", path))
  end)

  it("says that a program is where a room does not look", function()
    local path = dir .. "/bin"
    local far = hint.not_found("elsewhere", path, dir .. "/far")
    assert.is_truthy(far:find("it is " .. dir .. "/far/elsewhere on this machine", 1, true))
    assert.equal("PATH is " .. path, hint.not_found("no-program", path, dir .. "/far"))
    assert.equal("PATH is " .. path, hint.not_found("nothing-alike", path))
  end)

  it("leads from the working directory to the project", function()
    fs.write_atomic(dir .. "/run.sh", "")
    local room = { path = "/bin", project_dir = dir }
    assert.matches("/project/run%.sh$", hint.could_not_start(not_found(), { "./run.sh" }, room))
    assert.is_nil(hint.could_not_start(not_found(), { "./nope.sh" }, room))
    room.project_dir = nil
    assert.is_nil(hint.could_not_start(not_found(), { "./run.sh" }, room))
  end)

  it("says that a path of this machine is not in a room", function()
    local room = { path = "/bin" }
    assert.matches("a room sees only", hint.could_not_start(not_found(), { dir .. "/bin" }, room))
    assert.is_nil(hint.could_not_start(not_found(), { "/no/such/path" }, room))
    assert.is_nil(hint.could_not_start({ code = "EACCES" }, { dir .. "/bin" }, room))
  end)

  it("has the setting for each reason that the backend gives", function()
    local sandbox = require("engine.backend.sandbox")
    local files = {
      { "/proc/sys/user/max_user_namespaces", "0\n" },
      { "/proc/sys/kernel/unprivileged_userns_clone", "0\n" },
      { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n" },
      { "/proc/self/status", "Name:\tx\nSeccomp:\t2\n" },
    }
    for _, entry in ipairs(files) do
      local why = sandbox.explain_refusal(function(path)
        return path == entry[1] and entry[2] or nil
      end)
      assert.is_string(hint.remedy(why), why)
    end
    assert.is_nil(hint.remedy("something else"))
  end)
end)

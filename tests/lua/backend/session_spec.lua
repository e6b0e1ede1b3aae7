--- What the rooms of a run have in common: nobody waits for ever when making it raises.
local core = require("core.task")
local error_new = require("core.error").new
local project = require("engine.backend.container.project")
local session_of = require("engine.backend.container.session")

--- Puts a function in the place of another until the test is over.
local function replace(place, name, fn)
  local before = rawget(place, name)
  place[name] = fn
  finally(function()
    place[name] = before
  end)
end

--- Lets three callers ask at the same time for something whose making raises.
local function assert_all_hear_of_it(fn, ...)
  local callers = {}
  for i = 1, 3 do
    callers[i] = core.spawn(fn, ...)
  end
  for _, caller in ipairs(callers) do
    local ok, raised = pcall(core.timeout, 2000, caller.join, caller)
    assert.is_false(ok)
    assert.matches("a bug", tostring(raised))
  end
end

local function raises()
  core.sleep(5)
  error("a bug")
end

describe("a connection to an engine", function()
  local client = require("engine.docker.client")

  it("that raises is an error to all who wait, and is tried anew", function()
    local state = {}
    replace(client, "connect", raises)
    assert_all_hear_of_it(session_of.connect, state, "docker")
    client.connect = function()
      return "a client"
    end
    assert.equal("a client", core.timeout(60000, session_of.connect, state, "docker"))
  end)

  it("is asked for once in a run, also when no engine answers", function()
    local state, count = {}, 0
    replace(client, "connect", function()
      count = count + 1
      return nil, error_new({ code = "ETIMEDOUT", op = "test", message = "no" })
    end)
    for _ = 1, 2 do
      local got, err = session_of.connect(state, "docker")
      assert.is_nil(got)
      assert.equal("ETIMEDOUT", err.code)
    end
    assert.equal(1, count)
  end)
end)

describe("the session of a run", function()
  it("that raises is an error to all who wait, and is tried anew", function()
    local labels, sessions = require("engine.docker.labels"), {}
    local client = { endpoint = { kind = "unix" } }
    replace(labels, "owner", raises)
    assert_all_hear_of_it(session_of.open, sessions, "docker", client, "r", {})
    labels.owner = function()
      return nil, error_new({ code = "EIO", op = "test", message = "no" })
    end
    local got, err = core.timeout(60000, session_of.open, sessions, "docker", client, "r", {})
    assert.is_nil(got)
    assert.equal("EIO", err.code)
    assert.same({}, sessions)
  end)
end)

describe("the copy of a project for an engine elsewhere", function()
  it("that raises is an error to all who wait, and is tried anew", function()
    local things, session = require("engine.docker.things"), { sees_files = false }
    replace(things, "make", raises)
    assert_all_hear_of_it(project.mount, session, "/nowhere", "image")
    things.make = function()
      return nil, error_new({ code = "EIO", op = "test", message = "full" })
    end
    local got, err = core.timeout(60000, project.mount, session, "/nowhere", "image")
    assert.is_nil(got)
    assert.equal("EAGENT", err.code)
    assert.same({}, session.projects)
  end)

  it("is tried once when the project itself cannot be copied", function()
    local things, session, count = require("engine.docker.things"), { sees_files = false }, 0
    replace(things, "make", function()
      count = count + 1
      return nil, error_new({ code = "ELIMIT", op = "test", message = "it is too large" })
    end)
    for _ = 1, 2 do
      local got, err = project.mount(session, "/nowhere", "image")
      assert.is_nil(got)
      assert.equal("EPROJECT", err.code)
    end
    assert.equal(1, count)
  end)
end)

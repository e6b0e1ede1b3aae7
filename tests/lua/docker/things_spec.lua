--- Removing what was made in an engine, whatever it is doing at that moment.
local things = require("engine.docker.things")

--- A client that answers a removal with each of the errors, and then with yes.
local function client(...)
  local errors, asked = { ... }, 0
  return {
    call = function(_, method)
      if method == "GET" then
        return nil, { detail = { status = 404 } }
      end
      asked = asked + 1
      local err = errors[asked]
      return not err and true or nil, err
    end,
    asked = function()
      return asked
    end,
  }
end

local function answer(status, message)
  return { code = "ENGINE_SERVER", message = message, detail = { status = status } }
end

describe("a removal", function()
  it("is tried again while the container is ending, as Docker and as Podman tell it", function()
    local engine = client(answer(409, "removal is already in progress"),
      answer(500, "cannot remove container a as it could not be stopped: sending SIGKILL to "
        .. "container a: container state improper: stopped"))
    assert.is_true(things.remove(engine, "container", "a"))
    assert.equal(3, engine.asked())
  end)

  describe("that fails", function()
    local usual = things.FAILED_MS

    setup(function()
      things.FAILED_MS = { 1, 1, 1 }
    end)

    teardown(function()
      things.FAILED_MS = usual
    end)

    it("is tried again a few times: an engine may have been busy with it", function()
      local engine = client(answer(500, "device or resource busy"),
        answer(500, "device or resource busy"))
      assert.is_true(things.remove(engine, "container", "a"))
      assert.equal(3, engine.asked())
    end)

    it("and fails on is told by what the engine says", function()
      local failed = answer(500, "input/output error")
      local engine = client(failed, failed, failed, failed, failed)
      local ok, err = things.remove(engine, "container", "a")
      assert.is_nil(ok)
      assert.equal("input/output error", err.message)
      assert.equal(4, engine.asked())
    end)

    it("is not tried again when it was refused, or not answered", function()
      for _, err in ipairs({ answer(400, "no"), { code = "ETIMEDOUT", message = "late" } }) do
        local engine = client(err)
        assert.is_nil((things.remove(engine, "container", "a")))
        assert.equal(1, engine.asked())
      end
    end)
  end)

  describe("of a network that does not go", function()
    local usual, gone = things.GONE_MS, nil

    --- Undoes it, by an engine whose removal fails so, and that tells this of the network.
    local function unmake(err, told)
      local engine = {
        engine = "docker",
        call = function(_, method)
          if method == "GET" then
            return told, not told and { code = "ETIMEDOUT", message = "late" } or nil
          end
          return nil, err
        end,
      }
      gone = false
      return things.unmake({ client = engine, guard = { gone = function()
        gone = true
      end } }, { kind = "network", id = ("ab"):rep(32), thing = "t", name = "clnrm-1" })
    end

    setup(function()
      things.GONE_MS = { network = 20 }
    end)

    teardown(function()
      things.GONE_MS = usual
    end)

    it("tells its name, what holds it and what to do, and stays noted", function()
      local ok, err = unmake(answer(403, "network has active endpoints"), { Containers = {
        abc = { Name = "other" }, abd = { Name = "another" } } })
      assert.is_nil(ok)
      assert.equal("ELEFT", err.code)
      assert.equal("the network clnrm-1 could not be removed: network has active endpoints; "
        .. "held by containers another, other", err.message)
      assert.matches("docker network inspect clnrm%-1.*`clnrm reap`", err.detail.help)
      assert.is_false(gone)
    end)

    it("tells also that nothing holds it, or that the engine does not say", function()
      local late = { code = "ETIMEDOUT", message = "no answer" }
      local _, err = unmake(late, { Containers = {} })
      assert.matches("no answer; no container holds it, as the engine says$", err.message)
      _, err = unmake(late)
      assert.matches("no answer; the engine does not say what holds it$", err.message)
    end)

    it("is the engine's, where that is gone", function()
      local _, err = unmake({ code = "ENGINE_GONE", message = "gone", detail = { help = "h" } })
      assert.equal("ENGINE_GONE", err.code)
    end)
  end)
end)

describe("a container that is made", function()
  local function guard()
    return { note = function() return true end, gone = function() end }
  end

  it("has the name that its label says, beside what else is asked for", function()
    local asked, query = nil, { platform = "linux/arm64" }
    local thing = things.make({ client = { call = function(_, _, _, opts)
      asked = opts
      return { Id = "a" }
    end }, labels = { ["clnrm.run"] = "r" }, guard = guard() }, "container", {}, query)
    assert.equal("clnrm-" .. asked.body.Labels["clnrm.thing"], asked.query.name)
    assert.same({ asked.query.name, "linux/arm64" }, { thing.name, asked.query.platform })
    assert.same({ platform = "linux/arm64" }, query)
  end)

  it("is told from one whose image has its labels", function()
    local labels = { ["clnrm.run"] = "r", ["clnrm.thing"] = "abc" }
    local list = things.list({ call = function()
      return { { Id = "a", Labels = labels, Names = { "/clnrm-abc" } },
        { Id = "b", Labels = labels, Names = { "/mine" } } }
    end }, "container", "clnrm.run")
    assert.same({ "a" }, { list[1].id, list[2] })
  end)
end)

describe("something whose making was not waited for", function()
  it("is gone when it is listed no more, not when its removal finds none", function()
    -- Docker 20.10 lists a container before it can be found by its id.
    local log, listed, known = {}, true, false
    local engine = {
      engine = "docker",
      call = function(_, method, path)
        log[#log + 1] = method .. " " .. path
        if method == "POST" then
          return nil, { code = "ECANCELED", message = "operation canceled" }
        elseif path == "/containers/json" then
          return listed and { { Id = "a", Labels = {} } } or {}
        elseif method == "GET" or not known then
          known = true
          return nil, answer(404, "No such container: a")
        end
        listed = false
        return true
      end,
    }
    local open = {}
    local thing, err = things.make({
      client = engine, labels = {},
      guard = {
        note = function(_, _, name)
          open[name] = true
          return true
        end,
        gone = function(_, _, name)
          open[name] = nil
          log[#log + 1] = "gone"
        end,
      },
    }, "container", {})
    assert.is_nil(thing)
    assert.equal("ECANCELED", err.code)
    assert.is_nil(next(open))
    assert.same({ "POST /containers/create", "GET /containers/json", "DELETE /containers/a",
      "GET /containers/json", "DELETE /containers/a", "GET /containers/a/json",
      "GET /containers/json", "gone" }, log)
  end)
end)

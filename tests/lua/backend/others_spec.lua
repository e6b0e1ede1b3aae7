--- Services of other processes, in what a room is shown.
local error_new = require("core.error").new
local labels_of = require("engine.docker.labels")
local others = require("engine.backend.container.others")

local OWN = { ["clnrm.machine"] = "m", ["clnrm.boot"] = "b", ["clnrm.pid-space"] = "s",
  ["clnrm.pid"] = "1", ["clnrm.start-time"] = "2" }

local function with(labels)
  local all = { ["clnrm.run"] = "r2", ["clnrm.service"] = "a" }
  for name, value in pairs(OWN) do
    all[name] = value
  end
  for name, value in pairs(labels) do
    all[name] = value
  end
  return all
end

--- Asks about a room that shows /p/x, or another folder, beside one container.
local function refused(labels, mounts, opts)
  opts = opts or {}
  local asked = {}
  local client = { call = function(_, _, path, call)
    asked[#asked + 1] = path
    if path == "/containers/json" then
      assert.same({ all = true, filters = { label = { "clnrm.run", "clnrm.service" } } },
        call.query)
      return not opts.err and { { Id = "c1", Labels = labels, State = opts.state or "running" } }
        or nil, opts.err
    end
    return not opts.status and mounts or nil, error_new({ code = "E", op = "o", message = "odd",
      detail = { status = opts.status } })
  end }
  local err = others.refused({ client = client, labels = OWN },
    { { name = "b", volumes = { opts.volume or { source = "/p/x", target = "/h" } } } },
    function(told)
      return told
    end)
  return err, asked
end

describe("a volume", function()
  local other = with({ ["clnrm.pid"] = "9" })

  it("is refused below one that a service of another process can write to", function()
    local err = refused(other, { { Source = "/p" } })
    assert.equal("EBESIDE", err.code)
    assert.matches("the volume /p/x of the service 'b' lies in /p, which the service 'a' of "
      .. "another run (r2), which is there, can write to", err.message, 1, true)
    assert.matches("clnrm reap", err.detail.help, 1, true)
  end)

  it("is refused above what a service of another process is shown", function()
    local err = refused(other, { { Source = "/p/x/y", ReadOnly = true } })
    assert.equal("EBESIDE", err.code)
    assert.matches("/p/x/y, which the service 'a' of another run (r2), which is there, is shown, "
      .. "lies in the volume /p/x of the service 'b', which can write to it: it could put a link "
      .. "there", err.message, 1, true)
    assert.matches("clnrm reap", err.detail.help, 1, true)
    assert.is_nil((refused(other, { { Source = "/p/x/y" } },
      { volume = { source = "/p/x", read_only = true } })))
  end)

  it("is refused beside what stands still, and may be started again", function()
    for _, state in ipairs({ "created", "exited", "paused", "stopping", "unknown" }) do
      assert.equal("EBESIDE", (refused(other, { { Source = "/p" } }, { state = state }) or {}).code)
    end
    for _, state in ipairs({ "dead", "removing" }) do
      assert.is_nil((refused(other, { { Source = "/p" } }, { state = state })))
    end
  end)

  it("is shown beside others", function()
    for _, source in ipairs({ "/p/x", "/px", "/q" }) do
      assert.is_nil((refused(other, { { Source = source } })))
    end
    assert.is_nil((refused(other, { { Source = "/p", ReadOnly = true } })))
  end)

  it("waits elsewhere for rooms of this process, which are not asked about", function()
    local err, asked = refused(with({}), { { Source = "/p" } })
    assert.same({ nil, { "/containers/json" } }, { err, asked })
    assert.is_nil((refused({}, { { Source = "/p" } }))) -- nor what is not clnrm's
  end)

  it("is shown where that has gone, and not where nothing is known", function()
    assert.is_nil((refused(other, nil, { status = 404 })))
    assert.equal("EAGENT", refused(other, nil, { status = 500 }).code)
    local err = error_new({ code = "E", op = "o", message = "odd" })
    assert.equal("EAGENT", refused(other, nil, { err = err }).code)
  end)

  describe("beside what a run has left that was killed", function()
    local owner = assert(labels_of.owner())
    owner.start_time = owner.start_time + 1 -- no such process
    local left = labels_of.of("r2", owner)
    left["clnrm.service"] = "a"

    --- Asks about a room that shows /p/x beside a container that shows /p, and is there for so many
    --- looks, each of which `inspect` answers.
    local function looks(looks_left, inspect, journal)
      local count, labels = 0, { ["clnrm.journal"] = journal }
      for name, value in pairs(left) do
        labels[name] = value
      end
      local client = { call = function(_, _, path)
        if path == "/containers/json" then
          count = count + 1
          return count <= looks_left and { { Id = "c1", Labels = labels, State = "running" } } or {}
        end
        return inspect(count)
      end }
      local err = others.refused({ client = client, labels = OWN },
        { { name = "b", volumes = { { source = "/p/x", target = "/h" } } } }, function(told)
          return told
        end)
      return err, count
    end

    local function shows()
      return { { Source = "/p" } }
    end

    local function failing(status)
      return function(count)
        return count > 1 and shows() or nil, error_new({ code = "E", op = "o", message = "odd",
          detail = { status = status } })
      end
    end

    setup(function()
      assert.is_false(labels_of.is_owner_alive(left))
    end)

    it("waits until that is gone", function()
      assert.same({ nil, 3 }, { looks(2, shows) })
    end)

    it("asks again where the engine fails, for it is being removed", function()
      assert.same({ nil, 3 }, { looks(2, failing(500)) })
      local err, count = looks(2, failing())
      assert.same({ "EAGENT", 1 }, { err.code, count })
    end)

    it("is refused at once where that is kept", function()
      local path = os.tmpname()
      local journal = require("engine.docker.journal")
      local head = journal.head("r2", owner, { base = "http://x", engine = "docker" })
      local lines = { head, { make = "container", name = "c1" },
        { keep = "container", name = "c1", until_s = 1 << 40 } }
      local file = assert(io.open(path, "w"))
      for _, line in ipairs(lines) do
        file:write(require("core.json").encode(line), "\n")
      end
      file:close()
      local err, count = looks(2, shows, path)
      os.remove(path)
      assert.same({ "EBESIDE", 1 }, { err.code, count })
      assert.matches("of another run (r2), which is there,", err.message, 1, true)
    end)

    it("is refused where that does not go", function()
      local before = others.LEFT_MS
      finally(function()
        others.LEFT_MS = before
      end)
      others.LEFT_MS = 0
      local err, count = looks(2, shows)
      assert.same({ "EBESIDE", 1 }, { err.code, count })
      assert.matches("of another run (r2), which has ended, and what it left is still there after "
        .. "0 s, can write to", err.message, 1, true)
      assert.matches("`clnrm reap` removes what that run has left", err.detail.help, 1, true)
    end)
  end)
end)

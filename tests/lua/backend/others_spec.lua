--- Services of other processes, in what a room is shown.
local error_new = require("core.error").new
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
end)

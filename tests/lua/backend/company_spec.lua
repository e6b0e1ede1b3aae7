--- Containers of others, of which the engine does not tell what they share with those of a run.
local company = require("engine.backend.container.company")
local error_new = require("core.error").new
local task = require("core.task")

local ID = "stranger0123456789"

local function told(run, ...)
  local networks = {}
  for _, name in ipairs({ ... }) do
    networks[name] = { NetworkID = name .. "-id" }
  end
  return { Config = { Labels = { ["clnrm.run"] = run } },
    NetworkSettings = { Networks = networks } }
end

--- Has a container do things, with what the engine answers to each question; returns who is lost.
local function lost_by(actions, answers, labels, engine)
  local lost, asked, given = {}, 0, {}
  local members = {
    a = { name = "a", thing = { id = "a-id" },
      networks = { { network = { name = "own" }, id = "own-id" } } },
    b = { name = "b", thing = { id = "b-id" } },
  }
  local self = company.new({ engine = engine or "podman", call = function()
    asked = asked + 1
    local answer = answers[asked]
    task.sleep(1)
    return answer, not answer and error_new({ code = "ENGINE_NOT_FOUND", op = "inspect",
      message = "gone", detail = { status = 404 } }) or nil
  end }, "r1", members, function(member, what)
    lost[#lost + 1], given[#given + 1] = member.name, what
  end)
  for _, action in ipairs(actions) do
    self:moved(action, ID, labels or {})
    if action == "create" then
      task.sleep(0)
    end
  end
  task.sleep(20)
  table.sort(lost)
  return lost, given[1], asked
end

describe("a container of others", function()
  it("that is gone as it is asked after its start is known by what it was made with", function()
    local lost, what = lost_by({ "create", "start", "die", "remove" }, { told(nil, "own"), false })
    assert.same({ "a" }, lost)
    assert.equal("was given company in the network 'own', container stranger0123,", what)
    assert.same({}, (lost_by({ "create", "start", "remove" }, { told(nil, "other"), false })))
  end)

  it("is asked anew at its start, for it may be in other networks", function()
    assert.same({ "a" }, (lost_by({ "create", "start" }, { told(nil, "x"), told(nil, "own") })))
    assert.same({}, (lost_by({ "create", "start" }, { told(nil, "own"), told(nil, "x") })))
  end)

  it("of which nothing is known is taken for company of all that are in a network", function()
    local lost, what = lost_by({ "create", "start" }, { false, false })
    assert.same({ "a" }, lost)
    assert.matches("container stranger0123 was started and has gone before its networks", what)
    assert.same({ "a" }, (lost_by({ "start" }, { false })))
    assert.same({ "a" }, (lost_by({ "create", "connect" }, { told(nil, "x"), false })))
    -- Docker tells of networks itself.
    assert.same({}, (lost_by({ "create", "start" }, { false, false }, nil, "docker")))
  end)

  it("is known by whose network, processes or memory it shares", function()
    local its = told(nil)
    its.HostConfig = { NetworkMode = "none", PidMode = "container:b-id", IpcMode = "private" }
    assert.same({ "b" }, (lost_by({ "start" }, { its })))
  end)

  it("is not looked at when it is of a clnrm, also as it comes into a network, which has no labels",
    function()
      local asked = 0
      local self = company.new({ call = function()
        asked = asked + 1
        return told(nil, "own")
      end }, "r1", { a = { thing = { id = "a-id" } } }, function() end)
      self:moved("create", ID, { ["clnrm.run"] = "r1" })
      self:moved("connect", ID, {})
      self:moved("start", ID, {})
      self:moved("remove", ID, {})
      task.sleep(5)
      assert.equal(0, asked)
      self:moved("connect", ID, {})
      task.sleep(5)
      assert.equal(1, asked)
    end)

  it("is not looked at when it is of another clnrm", function()
    local lost, _, asked = lost_by({ "create", "start" }, {}, { ["clnrm.run"] = "r2" })
    assert.same({ {}, 0 }, { lost, asked })
  end)

  it("is not looked at when it is of the run", function()
    local lost, _, asked = lost_by({ "create" }, {}, { ["clnrm.run"] = "r1" })
    assert.same({ {}, 0 }, { lost, asked })
    assert.same({}, (lost_by({ "start" }, { told("r1", "own") })))
  end)

  it("is looked at when it has the labels of the run from its image", function()
    local labels = { ["clnrm.run"] = "r1", ["clnrm.thing"] = "abc", name = "mine" }
    local its = told("r1", "own")
    its.Name, its.Config.Labels = "/mine", labels
    assert.same({ "a" }, (lost_by({ "create", "start" }, { its, its }, labels)))
    its.Name, labels.name = "/clnrm-abc", "clnrm-abc"
    assert.same({}, (lost_by({ "create", "start" }, { its, its }, labels)))
  end)

  it("is known by the ids of its networks", function()
    local networks = told(nil)
    networks.NetworkSettings.Networks.renamed = { NetworkID = "own-id" }
    assert.same({ "a" }, (lost_by({ "start" }, { networks })))
  end)

  it("is forgotten with its end, and no more than some are kept", function()
    local max, asked = company.KEPT_MAX, 0
    company.KEPT_MAX = 2
    local self = company.new({ call = function()
      asked = asked + 1
      return told(nil, "x")
    end }, "r1", {}, function() end)
    for i = 1, 3 do
      self:moved("create", "c" .. i, {})
    end
    task.sleep(5)
    assert.equal(2, asked)
    self:moved("die", "c1", {})
    self:moved("remove", "c1", {})
    self:moved("create", "c4", {})
    self:moved("create", "c5", {})
    task.sleep(5)
    company.KEPT_MAX = max
    assert.equal(3, asked)
  end)
end)

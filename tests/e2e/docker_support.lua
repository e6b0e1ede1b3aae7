--- Drives the built program with a real engine: a folder of its own, test images, what is left.
local engines = dofile("tests/lua/docker/engines.lua")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local M = { engines = engines, support = support }

--- Makes a folder to run in, with an engine.
---@param engine tests.Engine
function M.place(engine)
  local place = { dir = support.tempdir(), engine = engine }

  --- Writes a file of it.
  function place.write(name, text)
    support.write(place.dir .. "/" .. name, text)
  end

  --- Runs clnrm; its environment names the engine.
  function place.clnrm(argv, opts)
    opts = opts or {}
    local names = { docker = "DOCKER_HOST", podman = "CONTAINER_HOST" }
    local env = { [names[engine.kind] ] = engine.host, XDG_STATE_HOME = place.dir .. "/.state" }
    for name, value in pairs(opts.env or {}) do
      env[name] = value
    end
    return support.run(argv, { cwd = place.dir, env = env, deadline_s = opts.deadline_s or 100 })
  end

  --- Runs tests with the engine, and returns the report as it is in JSON.
  function place.run(argv, opts)
    opts = opts or {}
    local words = { "run", "-f", "json", "--backend", opts.backend or engine.kind }
    table.move(argv or {}, 1, #(argv or {}), #words + 1, words)
    local got = place.clnrm(words, opts)
    local report = json.decode(got.out)
    assert(report, got.out .. got.err)
    report.code, report.err = got.code, got.err
    return report
  end

  --- Lists what an engine still has of a run: containers, networks.
  function place.left(run)
    local list = {}
    for _, words in ipairs({ { "ps", "-aq" }, { "network", "ls", "-q" } }) do
      words[#words + 1] = "--filter"
      words[#words + 1] = "label=clnrm.run=" .. run
      for id in assert(engine:docker(table.unpack(words))):gmatch("%S+") do
        list[#list + 1] = id
      end
    end
    return list
  end

  --- Lists journals that are still there.
  function place.files()
    return support.sh("find .state/clnrm/engines -type f 2>/dev/null", { cwd = place.dir }).out
  end

  function place.close()
    support.remove(place.dir)
  end
  return setmetatable(place, { __close = place.close })
end

--- The first failure of the first result, as a text.
function M.failure(report)
  local one = report.results[1]
  return one and one.failures[1] and one.failures[1].message or ""
end

return M

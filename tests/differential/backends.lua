--- The ways that rooms are made and their agents reached, which are to have the same results.
local engines = dofile("tests/lua/docker/engines.lua")

local M = {}

M.IMAGE = "machine" -- of tools/engines/recipes.py

--- Images of service modules.  Those of other modules are large; tests/e2e has suites of them.
M.MODULES = { "nginx", "postgres", "redis" }

--- Each engine, and each way to the agent of its rooms.
---@type { name: "docker"|"podman", rung: string }[]
M.ENGINES = {
  { name = "docker", rung = "socket" },
  { name = "docker", rung = "stdio" },
  { name = "docker", rung = "exec" },
  { name = "podman", rung = "socket" },
}

--- What a way is called.
---@param way { name: string, rung?: string }
---@return string
function M.text(way)
  return way.rung and ("%s by %s"):format(way.name, way.rung) or way.name
end

--- Loads the images into an engine; what the overrides of the tree are told of them.
local function load_all(engine)
  local list = {}
  for _, name in ipairs({ M.IMAGE, table.unpack(M.MODULES) }) do
    local image, why = engines.image(name, { engine = engine })
    if not image then
      return nil, why
    end
    list[#list + 1] = name .. "=" .. image
  end
  return {
    CLNRM_DIFFERENTIAL_IMAGE = list[1]:match("=(.*)"),
    CLNRM_DIFFERENTIAL_MODULES = table.concat(list, " ", 2),
  }
end

--- Makes an engine ready, with the images in it.
---@param way { name: "docker"|"podman", rung?: string }
---@return { name: string, env: table<string, string> }?
---@return string? why
function M.engine(way)
  local find = way.name == "podman" and engines.podman or engines.engine
  local engine, why = find()
  local env
  if engine then
    env, why = load_all(engine)
  end
  if not env then
    return nil, why
  end
  env[way.name == "podman" and "CONTAINER_HOST" or "DOCKER_HOST"] = engine.host
  env.CLNRM_DOCKER_RUNG = way.rung
  return { name = way.name, rung = way.rung, engine = engine, env = env }
end

--- Makes the sandbox ready, with the same images in its store.
---@param tree tests.differential.Tree
---@param engine table of `engine`: whose images they are
---@return { name: "sandbox", env: table<string, string> }
function M.sandbox(tree, engine)
  for _, name in ipairs({ M.IMAGE, table.unpack(M.MODULES) }) do
    tree.store(assert(engines.archive(name)))
  end
  return { name = "sandbox", env = engine.env }
end

return M

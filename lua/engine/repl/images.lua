--- The names of images that Tab offers: those that the project names, that the engine has, and that
--- are stored on this machine.
---
--- Somebody waits for it with a line half typed: what is not known in time is not offered.
---@class engine.repl.images
local clock = require("engine.run.clock")
local core = require("core.task")
local discover = require("engine.discover")
local fs = require("core.fs")
local reference = require("engine.image.reference")

local M = {}

M.WITHIN_MS = 1000
local FILE_MAX = 1 << 20
local KINDS = { "host", "rootfs:", "archive:" }
local NONE = "<none>" -- what engines write for no name

--- Adds what is the name of an image.
local function add(list, text)
  local image = not text:find(NONE, 1, true) and reference.parse(text)
  list[#list + 1] = image and image.kind == "stored" and image.name or nil
end

--- Adds the names in test files, those of near folders first; a file is read for them alone, and
--- judged by nobody.
local function of_project(list, dir, ends_at)
  local folders, at = { dir }, 1
  while folders[at] do
    for _, entry in ipairs(fs.scandir(folders[at]) or {}) do
      local path = folders[at] .. "/" .. entry.name
      if clock.ms() > ends_at then
        return
      elseif entry.type == "directory" and entry.name:sub(1, 1) ~= "." then
        folders[#folders + 1] = path
      elseif entry.type == "file" and discover.is_test_name(entry.name) then
        local text = fs.read(path, { max = FILE_MAX }) or ""
        for _, name in text:gmatch("%f[%w_]image[\"']?%]?%s*=%s*([\"'])([^\"'\n]+)%1") do
          add(list, name)
        end
      end
    end
    at = at + 1
  end
end

--- Adds the images of an engine.
local function of_engine(list, engine, getenv)
  local client = require("engine.docker.client").connect({ engine = engine, getenv = getenv })
  for _, image in ipairs(client and client:call("GET", "/images/json") or {}) do
    for _, tag in ipairs(type(image.RepoTags) == "table" and image.RepoTags or {}) do
      add(list, tag)
    end
  end
  return client ~= nil
end

--- Adds the images of this machine's own store.
local function of_store(list)
  local store = require("engine.image.store")
  for _, names in next, store.directory() and store.names() or {} do
    for _, name in ipairs(names) do
      add(list, name)
    end
  end
end

--- Lists the names.
---@async
---@param dir string the project's folder
---@param backend "auto"|"sandbox"|"docker"|"podman"
---@param o? { within_ms?: integer, getenv?: fun(name: string): string? } default WITHIN_MS
---@return string[] names some more than once
---@nodiscard
function M.names(dir, backend, o)
  local list = table.move(KINDS, 1, #KINDS, 1, {})
  local within_ms, getenv = o and o.within_ms or M.WITHIN_MS, o and o.getenv
  local ends_at = clock.ms() + within_ms
  of_project(list, dir, ends_at - within_ms / 2)
  if backend == "auto" or backend == "sandbox" then
    of_store(list)
  end
  local left = math.floor(ends_at - clock.ms())
  if backend ~= "sandbox" and left > 0 then
    core.timeout(left, function()
      local is_there = of_engine(list, backend == "podman" and "podman" or "docker",
        getenv)
      if not is_there and backend == "auto" then
        of_engine(list, "podman", getenv)
      end
    end)
  end
  return list
end

return M

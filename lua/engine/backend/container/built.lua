--- Images that the engine builds of a folder of the project, once a run for the same inputs.
---
--- They stay in the engine when the run ends, as what the next one finds in its cache.  Each has a
--- label that says what it was built of; one that a later build of the same has replaced is removed
--- by it, when it is old enough that no run can be about to use it.
---@class engine.backend.container.built
local build = require("engine.docker.build")
local error_new = require("core.error").new
local hash = require("core.hash")
local labels_of = require("engine.docker.labels")

local M = {}

M.LABEL = "clnrm.build" -- what an image was built of
M.LINES = 20 -- of the log of a build that failed
M.OLD_S = 3600 -- an image that was replaced is removed after that

local LINE_MAX = 4096

--- Names what is built, the same for the same file in each run.
---@param image engine.image.Image of kind "build"
---@return string key
---@nodiscard
function M.key(image)
  local of, names = image.build, {}
  for name in pairs(of.args) do
    names[#names + 1] = name
  end
  table.sort(names)
  local parts = { of.context, of.dockerfile or "", of.target or "", image.platform or "" }
  for _, name in ipairs(names) do
    parts[#parts + 1] = name
    parts[#parts + 1] = of.args[name]
  end
  for i, part in ipairs(parts) do
    parts[i] = ("%d:%s"):format(#part, part)
  end
  return table.concat(parts)
end

--- Keeps the last lines of what a build prints, and the step that it is in.
local function log()
  local self = { lines = {}, rest = "" }

  local function add(line)
    line = line:gsub("\r", ""):gsub("\27%[[%d;]*m", ""):sub(1, LINE_MAX) -- stderr comes in red
    local step = line:match("^(Step %d+/%d+ : .*)$") or line:match("^(STEP %d+/%d+: .*)$")
    self.step = step or self.step
    self.lines[#self.lines + 1] = line ~= "" and line or nil
    if #self.lines > M.LINES then
      table.remove(self.lines, 1)
    end
  end

  function self.take(text)
    local all = self.rest .. text
    local from = 1
    for line, after in all:gmatch("([^\n]*)\n()") do
      add(line)
      from = after
    end
    self.rest = all:sub(from):sub(-LINE_MAX)
  end

  function self.close()
    if self.rest ~= "" then
      add(self.rest)
    end
    return self.lines
  end
  return self
end

--- Says whether a build failed by what its files say, and not by the engine.
local function is_of_file(err)
  return err.code == "ENGINE_API" or err.code == "ENGINE_BAD_REQUEST" or err.code == "EIMAGE"
    or err.code == "ELIMIT"
end

local function failure(image, err, told)
  if err.code == "ECANCELED" then
    return nil, err
  end
  local lines = told.close()
  local message = err.message:gsub("^.- cannot be built: ", "")
  local code = "EIMAGE"
  if is_of_file(err) then
    code = "EBUILD"
  end
  return nil, error_new({
    code = code,
    op = "images.build",
    message = ("%s failed%s: %s"):format(image.text, told.step and " at " .. told.step or "",
      message),
    cause = err,
    detail = {
      help = err.detail and err.detail.help,
      logs = lines[1] and { { name = "the build", lines = lines } } or nil,
    },
  })
end

--- Removes what earlier builds of the same have left, unless something uses it.
local function remove_old(client, key, id)
  local list = client:call("GET", "/images/json",
    { query = { filters = { label = { M.LABEL .. "=" .. key } } } })
  for _, one in ipairs(type(list) == "table" and list or {}) do
    local created = math.type(one.Created) == "integer" and one.Created or os.time()
    if one.Id ~= id and os.time() - created > M.OLD_S then
      client:call("DELETE", "/images/" .. one.Id)
    end
  end
end

--- Builds an image; what of it is in the engine's cache is not built again.
---@async
---@param client engine.docker.Client
---@param image engine.image.Image of kind "build"
---@param masks table what passwords of registries are told to
---@param on_output? fun(text: string)
---@return string? id "sha256:HEX"
---@return core.Error? err EBUILD: its files are wrong; EIMAGE: it cannot be had
function M.make(client, image, masks, on_output)
  local of, told = image.build, log()
  local owner = labels_of.owner()
  local key = hash.sha256(("%s\0%d\0%s"):format(owner and owner.machine or "",
    owner and owner.uid or 0, M.key(image)))
  local id, err = build.build(client, {
    context = of.context,
    is_real = true, -- it was as the file was read, and a container may have put a link there since
    dockerfile = of.dockerfile,
    args = of.args,
    target = of.target,
    platform = image.platform,
    labels = { [M.LABEL] = key },
    masks = masks,
    on_output = function(text)
      told.take(text)
      if on_output then
        on_output(text)
      end
    end,
  })
  if not id then
    return failure(image, err, told)
  end
  remove_old(client, key, id)
  return id
end

return M

--- Brings images from files into an engine: archives of `docker save`, and plain roots.
---
--- Only tars that are not compressed go to an engine, which would unpack them as root, by programs
--- that it looks for: what is compressed is unpacked here, to a file.
---@class engine.docker.load
local archive = require("core.archive")
local content = require("engine.docker.content")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local fs = require("core.fs")
local reference = require("engine.image.reference")

local M = {}

M.IDLE_MS = 180000

local HEAD = 16 -- bytes by which it is told how a file is compressed

local MAGIC = { -- what compressed files begin with
  { "gzip", "\x1f\x8b" }, { "zstd", "\x28\xb5\x2f\xfd" }, { "xz", "\xfd7zXZ\0" },
  { "bzip2", "BZh" }, { "lzma", "\x5d\0\0" }, { "compress", "\x1f\x9d" },
  { "lz4", "\x04\x22\x4d\x18" },
}
local INFLATES = { gzip = true, zstd = true }

local function refuse(path, why, help, code)
  return nil, error_new({
    code = code or "EIMAGE",
    op = "images",
    message = ("%s %s"):format(path, why),
    detail = help and { help = help } or nil,
  })
end

--- Tells how bytes are compressed.
---@param bytes string the first ones of a file
---@return string? name nil: they are not
---@nodiscard
function M.compression(bytes)
  for _, entry in ipairs(MAGIC) do
    if bytes:sub(1, #entry[2]) == entry[2] then
      return entry[1]
    end
  end
end

--- A file of which a tar comes that is not compressed: opened once, so that what was looked at is
--- what is sent, whatever is put in its place.
---@class engine.docker.load.File  a to-be-closed value
---@field path string    for messages
---@field handle core.fs.File
---@field stat core.fs.Stat
---@field kind? string   how it is compressed
---@field dir? string    of what was unpacked

local function close(self)
  self.handle:close()
  if self.dir then
    fs.remove_tree(self.dir)
  end
end

local function open_as_is(path)
  local handle, err = fs.open(path)
  if not handle then
    return nil, err
  end
  local stat, head
  stat, err = handle:stat()
  if stat then
    head, err = handle:read(0, HEAD)
  end
  if not head then
    handle:close()
    return nil, err
  end
  return setmetatable({ path = path, handle = handle, stat = stat, kind = M.compression(head) },
    { __close = close })
end

---@async
local function open_inflated(path)
  local dir, err = fs.tempdir()
  if not dir then
    return nil, err
  end
  local plain = dir .. "/plain.tar"
  local file
  local bytes, why = archive.inflate(path, plain)
  if bytes then
    file, why = open_as_is(plain)
  end
  if not file then
    fs.remove_tree(dir)
    return nil, why
  end
  file.path, file.dir = path, dir
  return file
end

---@async
local function open(path)
  local file, err = open_as_is(path)
  if not file then
    local is_other = err.code == "EISDIR" or err.code == "ENOTFILE"
    return refuse(path, is_other and "is no file" or "cannot be read: " .. err.message, nil,
      not is_other and err.code or nil)
  end
  local kind, size = file.kind, file.stat.size
  if size > 0 and not kind then
    return file
  end
  close(file)
  if size == 0 then
    return refuse(path, "is empty")
  elseif not INFLATES[kind] then
    return refuse(path, ("is compressed by %s, and only gzip and zstd are unpacked"):format(kind),
      "unpack it first: an archive that is not compressed is a .tar")
  end
  file, err = open_inflated(path)
  if not file then
    return refuse(path, "cannot be unpacked: " .. err.message, nil, err.code)
  elseif file.kind or file.stat.size == 0 then
    close(file)
    return refuse(path, "holds no tar that is not compressed once more")
  end
  return file
end

--- Makes the source of a body of a file, which must not change while it is sent.
---@param file engine.docker.load.File
---@return engine.docker.Source
function M.source(file)
  return function(write)
    return content.send(file.handle, file.stat, write, function(why, code)
      return refuse(file.path, why, nil, code)
    end)
  end
end

--- Sends a file and reads what the engine tells.
---@async
local function send(client, file, path, query, opts, on_line)
  local lines <close>, err = client:lines("POST", path, {
    query = query,
    feed = M.source(file),
    type = "application/x-tar",
    idle_ms = opts.idle_ms or M.IDLE_MS,
    op = opts.op,
  })
  if not lines then
    return nil, err
  end
  while true do
    local object
    object, err = lines:next()
    if err then
      return nil, err
    elseif not object then
      return true
    end
    on_line(object)
    if opts.on_progress and type(object.status) == "string" then
      local detail = type(object.progressDetail) == "table" and object.progressDetail or {}
      opts.on_progress({ status = object.status, layer = object.id, current = detail.current,
        total = detail.total })
    end
  end
end

---@class engine.docker.LoadOptions
---@field on_progress? fun(progress: engine.docker.PullProgress)
---@field idle_ms? integer without a line of progress (IDLE_MS)

--- Loads the images of an archive: of `docker save`, or an OCI layout where the engine takes one.
---@async
---@param client engine.docker.Client
---@param path string plain, or by gzip or zstd
---@param opts? engine.docker.LoadOptions
---@return string[]? names references and ids of the images that came
---@return core.Error? err
function M.load(client, path, opts)
  opts = opts or {}
  local file <close>, err = open(path)
  if not file then
    return nil, err
  end
  local names = {}
  local ok
  ok, err = send(client, file, "/images/load", { quiet = false }, {
    on_progress = opts.on_progress, idle_ms = opts.idle_ms, op = "images.load",
  }, function(object)
    local text = type(object.stream) == "string" and object.stream or ""
    for list in text:gmatch("Loaded image[^:\n]*: *([^\n]+)") do
      for name in list:gmatch("[^%s,]+") do
        names[#names + 1] = name
      end
    end
  end)
  if not ok then
    return refuse(path, "cannot be loaded: " .. err.message, err.detail and err.detail.help,
      err.code)
  elseif #names == 0 then
    return refuse(path, "was taken, and the engine tells of no image that came of it", nil,
      "ENGINE_ANSWER")
  end
  return names
end

---@class engine.docker.ImportOptions: engine.docker.LoadOptions
---@field name? string     a reference with a tag
---@field changes? string[] of the image's config: "ENV A=b", "CMD [\"sh\"]"
---@field platform? string

--- Makes an image of a plain root: a tar of its files.
---@async
---@param client engine.docker.Client
---@param path string plain, or by gzip or zstd
---@param opts? engine.docker.ImportOptions
---@return string? id "sha256:HEX"
---@return core.Error? err
function M.import(client, path, opts)
  opts = opts or {}
  local parts, why
  if opts.name then
    parts, why = reference.read(opts.name)
    if not parts then
      return nil, docker_error.new("ENGINE_BAD_REQUEST", opts.name .. " " .. why, nil,
        "images.import")
    end
  end
  local file <close>, err = open(path)
  if not file then
    return nil, err
  end
  local id
  local ok
  ok, err = send(client, file, "/images/create", {
    fromSrc = "-",
    repo = parts and parts.registry .. "/" .. parts.path,
    tag = parts and parts.tag,
    changes = opts.changes,
    platform = opts.platform,
  }, { on_progress = opts.on_progress, idle_ms = opts.idle_ms, op = "images.import" },
    function(object)
      id = type(object.status) == "string" and object.status:match("^sha256:%x+$") or id
    end)
  if not ok then
    return refuse(path, "cannot be imported: " .. err.message, err.detail and err.detail.help,
      err.code)
  elseif not id then
    return refuse(path, "was taken, and the engine tells no id of an image", nil, "ENGINE_ANSWER")
  end
  return id
end

return M

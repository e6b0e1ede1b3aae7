--- Takes the images of an archive into the store: unpacked in tmp/, compared by digest, renamed.
---@class engine.image.import
local archive = require("core.archive")
local archive_of = require("engine.image.archive")
local core_text = require("core.text")
local fs = require("core.fs")
local store = require("engine.image.store")

local M = {}

M.FILES_MAX = 100000 -- of an image, all layers together
M.BYTES_MAX = 4 << 30

local PRIVATE = 448 -- 0700
local NAME_SHOWN = 80 -- of an entry that is refused

local function image_error(message, help)
  return require("engine.image").error(message, help)
end

--- Says what is wrong with an archive, and with which entry of it.
local function refused(path, what, err)
  if err.code == "ECANCELED" then
    return nil, err
  end
  local name = err.detail and err.detail.name
  local entry = ""
  if name and name ~= "" then
    entry = core_text.cut(core_text.escape(name, { line = true }), NAME_SHOWN) .. " "
  end
  return nil, image_error(("%s: %s%s%s"):format(path, what, entry, err.message),
    "nothing of it was kept")
end

--- Unpacks the layers of an image into a folder, each over the one before.
---@return { files: integer, bytes: integer, devices: integer, fifos: integer }? sum
---@return core.Error? err
local function unpack_layers(path, tar, layers, into)
  local sum = { files = 0, bytes = 0, devices = 0, fifos = 0, plain = {} }
  for i, layer in ipairs(layers) do
    local got, err = archive.unpack(tar, into, {
      offset = layer.offset,
      size = layer.size,
      files = M.FILES_MAX - sum.files,
      bytes = M.BYTES_MAX - sum.bytes,
    })
    local what = #layers > 1 and ("layer %d: "):format(i) or ""
    if not got then
      return refused(path, what, err)
    elseif layer.raw and layer.raw ~= "sha256:" .. got.raw
      or layer.plain and layer.plain ~= "sha256:" .. got.plain
    then
      return nil, image_error(("%s: %sit is damaged: it has another digest"):format(path, what),
        "nothing of it was kept")
    end
    sum.plain[i] = "sha256:" .. got.plain
    for _, key in ipairs({ "files", "bytes", "devices", "fifos" }) do
      sum[key] = sum[key] + got[key]
    end
  end
  return sum
end

--- Puts what was unpacked in its place.
local function keep(passing, id, about, sum)
  local tree, err = archive.tree(passing .. "/root", { full = true })
  local ok
  if tree then
    ok, err = store.write(passing, {
      id = id,
      format = store.FORMAT,
      config = about.config,
      platform = about.platform,
      layers = sum.plain,
      files = tree.files,
      bytes = tree.bytes,
      skipped = { devices = sum.devices, fifos = sum.fifos },
      quick = tree.quick,
      full = tree.full,
      from = about.from,
    })
  end
  if ok then
    ok, err = store.add(passing, id)
  end
  return ok and id, err
end

--- Unpacks one image; `id` nil: the digest of its one layer.
local function add(path, tar, layers, id, about)
  local bytes = 0
  for _, layer in ipairs(layers) do
    bytes = bytes + layer.size
  end
  local ok, err = store.make_room(bytes)
  local passing = store.passing()
  if ok then
    ok, err = fs.mkdir_p(passing .. "/root", { mode = PRIVATE })
  end
  local sum
  if ok then
    sum, err = unpack_layers(path, tar, layers, passing .. "/root")
  end
  local kept
  if sum then
    fs.chmod(passing .. "/root", 493) -- 0755, as a root is
    kept, err = keep(passing, id or sum.plain[1], about, sum)
  end
  if not kept then
    archive.remove(passing)
  end
  return kept, err
end

local function layers_of(found, source, settings)
  local layers = {}
  for i, blob in ipairs(source.layers) do
    local entry, why = found:blob(blob)
    if not entry then
      return nil, why
    end
    layers[i] = {
      offset = entry.offset,
      size = entry.size,
      raw = blob.digest,
      plain = settings.diff_ids[i],
    }
  end
  return layers
end

---@class engine.image.Loaded
---@field id string
---@field names string[]
---@field is_new boolean

local function add_source(path, found, source)
  local settings, id = found:settings(source)
  if not settings then
    return nil, image_error(path .. ": " .. id)
  end
  local names = archive_of.names(source)
  if require("engine.image.check").look(id) then
    return { id = id, names = names, is_new = false }
  end
  local layers, why = layers_of(found, source, settings)
  if not layers then
    return nil, image_error(path .. ": " .. why)
  end
  local kept, err = add(path, found.path, layers, id, {
    config = settings.config,
    platform = settings.platform,
    from = path,
  })
  return kept and { id = id, names = names, is_new = true }, err
end

local function add_root(path, tar)
  local stat = fs.stat(tar)
  local kept, err = add(path, tar, { { offset = 0, size = stat and stat.size or 0 } }, nil, {
    config = { env = {}, ports = {} },
    from = path,
  })
  return kept and { { id = kept, names = {}, is_new = true } }, err
end

local function add_all(path, list, tar, only_one)
  local found = archive_of.new(tar, list)
  local sources, why = found:sources()
  if why then
    return nil, image_error(path .. ": " .. why)
  elseif not sources then
    return add_root(path, tar)
  elseif only_one and #sources > 1 then
    return nil, image_error(("%s holds %d images, and a room has one root"):format(path, #sources),
      "load it by `clnrm image load`, and name the one that is meant")
  end
  local loaded = {}
  for i, source in ipairs(sources) do
    local one, err = add_source(path, found, source)
    if not one then
      return nil, err
    end
    loaded[i] = one
  end
  return loaded
end

--- Takes the images of a file into the store; only for who holds its lock.
---@async
---@param path string
---@param opts? { only_one?: boolean }
---@return engine.image.Loaded[]? loaded
---@return core.Error? err
function M.file(path, opts)
  local list, err = archive.list(path)
  if not list then
    return refused(path, "", err)
  end
  local tar = path
  if list.bytes ~= list.read then -- compressed: its parts are read where they lie
    tar = store.passing()
    local bytes
    bytes, err = archive.inflate(path, tar)
    if not bytes then
      fs.remove(tar)
      return refused(path, "", err)
    end
  end
  local loaded
  loaded, err = add_all(path, list, tar, opts and opts.only_one)
  if tar ~= path then
    fs.remove(tar)
  end
  return loaded, err
end

return M

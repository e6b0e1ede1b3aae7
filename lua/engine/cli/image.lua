--- clnrm image: the images of this machine's store.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Loads, lists and removes images of rooms.",
  usage = "clnrm image ls | load FILE ... | rm NAME ...",
  examples = {
    { "clnrm image load redis.tar", "every image of a file that docker save or podman save made" },
    { "clnrm image ls", "names, sizes and what they were made of" },
    { "clnrm image rm redis:7", "a name; with its last name the image goes" },
  },
  formats = { "json" },
  exits = { 0, 1, 2, 6 },
}

local SHORT = 19 -- of an id: sha256: and 12 digits

local function size_text(bytes)
  local units, at, number = { "B", "KiB", "MiB", "GiB" }, 1, bytes
  while number >= 1024 and at < #units do
    number, at = number / 1024, at + 1
  end
  return (at == 1 and "%d %s" or "%.1f %s"):format(number, units[at])
end

local function as_json(stored, names)
  local json = require("core.json")
  local function array(list)
    return json.array(table.move(list or {}, 1, #(list or {}), 1, {}))
  end
  local config = stored.config
  return {
    id = stored.id,
    names = array(names),
    platform = stored.platform,
    files = stored.files,
    bytes = stored.bytes,
    layers = array(stored.layers),
    skipped = stored.skipped,
    from = stored.from,
    config = {
      env = array(config.env),
      workdir = config.workdir,
      entrypoint = config.entrypoint and array(config.entrypoint),
      cmd = config.cmd and array(config.cmd),
      user = config.user,
      ports = array(config.ports),
      stop_signal = config.stop_signal,
    },
  }
end

local function write_json(cx, value)
  cx.out:write(require("core.json").encode(value, { invalid = "replace" }) .. "\n")
end

--- Tells an error of the store.
local function refuse(cx, err)
  cx:error(err.message, err.detail and err.detail.help)
  return exit_codes.ENVIRONMENT
end

local function platform_of(stored)
  return stored.platform and require("engine.image.archive").platform_text(stored.platform) or "-"
end

local function list(cx, store)
  local names, all = store.names(), store.list()
  if cx.format == "json" then
    local out = { schema = "clnrm.images/1", images = require("core.json").array() }
    for i, stored in ipairs(all) do
      out.images[i] = as_json(stored, names[stored.id])
    end
    write_json(cx, out)
    return exit_codes.OK
  end
  local total = 0
  for _, stored in ipairs(all) do
    local known = table.concat(names[stored.id] or { "-" }, " ")
    cx.out:write(("%s  %9s  %-12s  %s  (%s)\n"):format(stored.id:sub(1, SHORT),
      size_text(stored.bytes), platform_of(stored), cx:safe(known, cx.out),
      cx:safe(stored.from, cx.out)))
    total = total + stored.bytes
  end
  if not cx.opts.quiet then
    cx.out:write(("%d image%s, %s, of %s at most\n"):format(#all, #all == 1 and "" or "s",
      size_text(total), size_text(store.BYTES_MAX)))
  end
  return exit_codes.OK
end

local function tell_loaded(cx, store, loaded, out)
  for _, one in ipairs(loaded) do
    local stored = store.read(one.id)
    if not stored then
      return
    elseif out then
      local entry = as_json(stored, one.names)
      entry.is_new = one.is_new
      out[#out + 1] = entry
    elseif not cx.opts.quiet then
      local left = stored.skipped.devices + stored.skipped.fifos
      cx.out:write(("%s  %s  %s, %d files, layers: %d%s%s\n"):format(
        one.is_new and "loaded" or "there already", one.id:sub(1, SHORT),
        size_text(stored.bytes), stored.files, #stored.layers,
        left > 0 and (", %d devices and FIFOs left out"):format(left) or "",
        one.names[1] and ": " .. cx:safe(table.concat(one.names, " "), cx.out) or ", no name"))
    end
  end
end

local function load_file(cx, store, path, out)
  local fs = require("core.fs")
  local real, err = fs.realpath(path)
  if not real then
    cx:error(("%s: %s"):format(path, err.message))
    return exit_codes.INPUT
  end
  local lock <close>, locked_err = store.lock()
  if not lock then
    return refuse(cx, locked_err)
  end
  local loaded
  loaded, err = require("engine.image.import").file(real)
  for _, one in ipairs(loaded or {}) do
    for _, name in ipairs(one.names) do
      local ok
      ok, err = store.set_name(name, one.id)
      loaded = ok and loaded
    end
  end
  if not loaded then
    return refuse(cx, err)
  end
  tell_loaded(cx, store, loaded, out)
  return exit_codes.OK
end

local function load(cx, store)
  local out = cx.format == "json" and require("core.json").array() or nil
  local code = exit_codes.OK
  for i = 2, #cx.args do
    code = load_file(cx, store, cx.args[i], out)
    if code ~= exit_codes.OK then
      break
    end
  end
  if out then
    write_json(cx, { schema = "clnrm.images/1", images = out })
  end
  return code
end

local function remove_one(cx, store, text)
  local name, why = require("engine.image.reference").normal(text)
  if not name then
    cx:error(("%s %s"):format(text, why))
    return exit_codes.INPUT
  end
  local id = store.find(name)
  if not id then
    local is_hex = text:find("^%x+$") and text:find("%d")
    cx:error(("there is no image %s"):format(name), is_hex and ("clnrm image ls; by its id it is "
      .. "sha256:%s with 12 to 64 digits"):format(#text < 12 and text .. "…" or text)
      or "clnrm image ls")
    return exit_codes.NO
  end
  local names = store.names()[id] or {}
  local is_id = name:find("^sha256:") ~= nil
  if not is_id and #names > 1 then
    store.remove_name(name)
    cx.out:write(("removed the name %s; the image has others\n"):format(name))
    return exit_codes.OK
  end
  local ok, err = store.remove(id)
  if not ok then
    return refuse(cx, err)
  end
  cx.out:write(("removed  %s  %s\n"):format(id:sub(1, SHORT), table.concat(names, " ")))
  return exit_codes.OK
end

local function remove(cx, store)
  local lock <close>, err = store.lock()
  if not lock then
    return refuse(cx, err)
  end
  for i = 2, #cx.args do
    local code = remove_one(cx, store, cx.args[i])
    if code ~= exit_codes.OK then
      return code
    end
  end
  return exit_codes.OK
end

local VERBS = { ls = list, list = list, load = load, rm = remove, remove = remove }

function M.run(cx)
  local verb = cx.args[1]
  local run = VERBS[verb or "ls"]
  if not run then
    return cx:usage_error(("there is no 'clnrm image %s'"):format(verb), "it is ls, load or rm")
  elseif run == list and #cx.args > 1 then
    return cx:usage_error("clnrm image ls takes no argument")
  elseif run ~= list and #cx.args < 2 then
    return cx:usage_error(("clnrm image %s needs %s"):format(verb,
      run == load and "a file" or "a name"))
  end
  local store = require("engine.image.store")
  local dir, err = store.directory()
  if not dir then
    return refuse(cx, err)
  end
  return run(cx, store)
end

return M

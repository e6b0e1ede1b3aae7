--- clnrm pull: brings images into the engine, and writes down which they are.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Pulls the images of test files, and locks them.",
  usage = "clnrm pull [PATH | IMAGE ...]",
  examples = {
    { "clnrm pull", "all images that the test files below the working directory name" },
    { "clnrm pull tests/db.clnrm.toml redis:7", "those of a file, and one more" },
    { "clnrm pull --locked", "the very images of clnrm.lock, although a tag has moved since" },
  },
  text = [[
Each image is asked for once, at the registry, with the credentials that `docker login` left.
Which image each name of a test file meant is written to clnrm.lock in the project's folder, to be
committed; an IMAGE of the command line only where it is there already.]],
  formats = { "json" },
  exits = { 0, 1, 2, 4, 6 },
}

local ALLOW = require("engine.docker.endpoint").ALLOW
local SHORT = 19 -- of a digest: sha256: and 12 digits

local FILES = { toml = true, tera = true, lua = true }

--- Whether an argument names files: what is there, or looks like a test file.
local function is_path(arg)
  return require("core.fs").stat(arg) ~= nil or FILES[arg:match("%.(%a+)$")] == true
    or arg:sub(1, 1) == "." or arg:sub(1, 1) == "/"
end

--- Splits the arguments; complains about one that is neither.
local function split(cx)
  local reference = require("engine.image.reference")
  local paths, wanted = {}, {}
  for _, arg in ipairs(cx.args) do
    local parts, why = reference.read(arg)
    if is_path(arg) then
      paths[#paths + 1] = arg
    elseif parts then
      wanted[#wanted + 1] = { name = reference.familiar(parts), is_named = false }
    else
      cx:error(("'%s' is no file, and as an image it %s"):format(arg, why))
      return nil
    end
  end
  return paths, wanted
end

--- Says of which images nothing is known before the tests run: code of the project names them.
local function note_unknown(cx, suite)
  if suite.file:find("%.lua$") then
    cx.err:write(("note: %s: images of Lua tests are known when they run\n"):format(
      cx:safe(suite.file)))
  end
  for _, service in ipairs(suite.services or {}) do
    if service.is_open and service.plugin and service.image == "host"
      and not service.default_image and not service.unusable then
      cx.err:write(("note: %s: the image of the project's module '%s' is known when it runs\n")
        :format(cx:safe(suite.file), cx:safe(service.plugin)))
    end
  end
end

--- Lists what is wanted: of the files, then of the command line.
---@return engine.docker.Wanted[]? list
---@return integer? exit_code
local function wanted_of(cx)
  local paths, extra = split(cx)
  if not paths then
    return nil, exit_codes.INPUT
  end
  local list, seen = {}, {}
  if #paths > 0 or #extra == 0 then
    cx.args = paths
    local loaded, code = require("engine.cli.suites").load(cx, { for_engine = true })
    if not loaded then
      return nil, code
    elseif loaded.missing then
      cx:show_diagnostics(loaded.missing)
      return nil, exit_codes.NOTHING
    elseif #loaded.broken > 0 then
      for _, broken in ipairs(loaded.broken) do
        cx:show_diagnostics(broken.diagnostics, loaded.sources)
      end
      return nil, exit_codes.INPUT
    end
    list = require("engine.docker.pulls").of_suites(loaded.suites,
      cx.config.values["cli.backend"] ~= "sandbox")
    for _, suite in ipairs(cx.opts.quiet and {} or loaded.suites) do
      note_unknown(cx, suite)
    end
  end
  for _, wanted in ipairs(list) do
    seen[wanted.name] = true
  end
  for _, wanted in ipairs(extra) do
    list[#list + 1] = not seen[wanted.name] and wanted or nil
    seen[wanted.name] = true
  end
  return list
end

local function fail(cx, err)
  cx:error(err.message, err.detail and err.detail.help)
end

--- Connects to Docker, or to Podman where there is no Docker.
local function connect(cx, masks)
  local client_of = require("engine.docker.client")
  local opts = {
    mask = {
      text = function(_, s)
        local mask = masks:mask()
        return mask and mask.raw(s) or s
      end,
    },
    allow = {},
  }
  for _, name in ipairs(cx.opts.allow or {}) do
    opts.allow[name] = true
  end
  local env = require("engine.docker.config").environment()
  local first = env("CONTAINER_HOST") and not env("DOCKER_HOST") and "podman" or "docker"
  opts.engine = first
  local client, err = client_of.connect(opts)
  if not client and err.code == "ENOENT" and first == "docker" and not env("DOCKER_HOST")
    and not env("DOCKER_CONTEXT") then
    opts.engine = "podman"
    client = client_of.connect(opts)
  end
  return client, err
end

local function size_text(bytes)
  return ("%.1f MiB"):format(bytes / (1 << 20))
end

--- Shows how far images have come: in a live region, or by a line from time to time; a to-be-closed
--- value.
local function follow(cx, total)
  local pulls_of, clock = require("engine.ui.pulls"), require("engine.run.clock")
  local state, began = require("engine.docker.progress").new(total), clock.ms()
  local function now()
    return clock.ms() - began
  end
  local self = { state = state, now = now, tell = function() end }
  local wanted = cx.config.values["ui.progress"]
  local mode = require("engine.ui.progress").settle(wanted, cx.out, os.getenv)
  if cx.opts.quiet or cx.format ~= "human" and mode == "bar" then
    mode = "none"
  end
  if mode == "bar" then
    self.region = require("engine.ui.region").open(cx, now, function(at, height)
      return pulls_of.rows(state, cx.out, at, height)
    end)
  elseif mode ~= "none" then
    self.tell = pulls_of.teller(cx.err, state, function(text)
      cx.err:write(text)
    end)
  end
  return setmetatable(self, { __close = function()
    if self.region then
      self.region:close()
    end
  end })
end

local function tell(cx, pulled)
  if pulled.error then
    return fail(cx, pulled.error)
  elseif cx.format == "human" and not cx.opts.quiet then
    local image = pulled.image
    cx.out:write(("%12s %s  %s  %s, %s\n"):format(pulled.is_new and "pulled" or "up to date",
      cx:safe(pulled.name, cx.out), (image.digest or image.id):sub(1, SHORT), image.platform,
      size_text(image.size)))
  end
end

local function write_json(cx, list, lock_path, is_changed)
  local json = require("core.json")
  local out = { schema = "clnrm.pull/1", images = json.array() }
  for i, pulled in ipairs(list) do
    local image, err = pulled.image or {}, pulled.error
    out.images[i] = {
      name = pulled.name,
      id = image.id,
      digest = image.digest,
      platform = image.platform,
      bytes = image.size,
      is_new = pulled.is_new,
      error = err and { code = err.code, message = err.message } or nil,
    }
  end
  out.lock = { path = lock_path, is_changed = is_changed }
  cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
end

local CODES = { ENOTLOCKED = exit_codes.INPUT, ECHANGED = exit_codes.NO }

local function code_of(list)
  local code = exit_codes.OK
  for _, pulled in ipairs(list) do
    if pulled.error then
      code = exit_codes.worst(code, CODES[pulled.error.code] or exit_codes.ENVIRONMENT)
    end
  end
  return code
end

--- Writes the lock when it changed; returns whether it did.
local function store(cx, dir, lock, before)
  local lock_of = require("engine.docker.lock")
  if lock_of.render(lock) == before then
    return false
  end
  local ok, err = lock_of.store(dir, lock)
  if not ok then
    cx:error(("%s cannot be written: %s"):format(lock_of.NAME, err.message))
    return nil
  elseif cx.format == "human" and not cx.opts.quiet then
    cx.out:write(("%12s %s\n"):format("wrote", lock_of.NAME))
  end
  return true
end

local function check_options(cx)
  for _, name in ipairs(cx.opts.allow or {}) do
    if name ~= ALLOW then
      return cx:usage_error(("clnrm pull has nothing that --allow %s permits"):format(name),
        "it is " .. ALLOW)
    end
  end
end

local function pull(cx, list)
  local lock_of, pulls = require("engine.docker.lock"), require("engine.docker.pulls")
  local masks = require("engine.run.secrets").new({})
  local dir = cx.project.dir
  local lock, lock_err = lock_of.load(dir)
  if lock_err then
    fail(cx, lock_err)
    return exit_codes.INPUT
  end
  local client <close>, err = connect(cx, masks)
  if not client then
    fail(cx, err)
    return exit_codes.ENVIRONMENT
  end
  local platform
  platform, err = pulls.platform(client)
  if not platform then
    fail(cx, err)
    return exit_codes.ENVIRONMENT
  end
  local is_locked = cx.opts.locked
  if not is_locked then
    lock = lock or lock_of.new()
  end
  local before = lock and lock_of.render(lock)
  local jobs = cx.config.values["cli.jobs"]
  local shown <close> = follow(cx, #list)
  local done = pulls.run(client, list, {
    masks = masks,
    jobs = jobs ~= "auto" and jobs or nil,
    lock = lock,
    is_locked = is_locked,
    platform = platform,
    on_begin = function(wanted)
      shown.state:begin(wanted.name, shown.now())
    end,
    on_progress = function(wanted, progress)
      shown.state:on_progress(wanted.name, progress, shown.now())
      shown.tell(wanted.name, shown.now())
    end,
    on_end = function(pulled)
      shown.state:finish(pulled.name)
      tell(cx, pulled)
    end,
  })
  local is_changed = false
  if not is_locked then
    is_changed = store(cx, dir, lock, before)
  end
  if cx.format == "json" then
    write_json(cx, done, dir .. "/" .. lock_of.NAME, is_changed or false)
  end
  return exit_codes.worst(code_of(done), is_changed == nil and exit_codes.ENVIRONMENT
    or exit_codes.OK)
end

function M.run(cx)
  local refused = check_options(cx)
  if refused then
    return refused
  elseif not cx:load_config() then
    return exit_codes.INPUT
  end
  local list, code = wanted_of(cx)
  if not list then
    return code
  elseif #list == 0 then
    if cx.format == "json" then
      write_json(cx, {}, cx.project.dir .. "/" .. require("engine.docker.lock").NAME, false)
    elseif not cx.opts.quiet then
      cx.out:write("no test file names an image of a registry\n")
    end
    return exit_codes.OK
  end
  return pull(cx, list)
end

return M

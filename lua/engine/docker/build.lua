--- Builds images by an engine: the context goes there as a tar that is made here, never compressed.
---
--- Links of the context are sent as links, and never followed; sockets and pipes are left out,
--- devices refused.  A file that changes while it is read ends the build.  Containers can write to
--- the folder meanwhile: each file is opened once, below the folder and through no link, and only
--- what was opened is looked at and read.
---@class engine.docker.build
local content = require("engine.docker.content")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local fs = require("core.fs")
local ignore = require("engine.docker.dockerignore")
local json = require("core.json")
local reference = require("engine.image.reference")
local tar = require("engine.docker.tar")

local M = {}

M.OP = "images.build" -- of its errors
M.IDLE_MS = 600000 -- a step of a build may say nothing for long
M.FILES_MAX = 100000
M.DEPTH_MAX = 128

local DOCKERFILE = "Dockerfile"
local IGNORE_MAX = 1 << 20
local DOCKERFILE_MAX = 1 << 20
local LINK_MODE = 511 -- 0777: what links have
local NS = 1000000000

local function refuse(path, why, code)
  return nil, error_new({
    code = code or "EIMAGE",
    op = M.OP,
    message = ("%s %s"):format(path, why),
  })
end

local function changed(path)
  return refuse(path, "changed while it was read")
end

--- How something that was listed is not what it was: gone, or another thing.
local IS_CHANGE = { ENOENT = true, ENOTDIR = true, EISDIR = true, ENOTFILE = true, ELOOP = true,
  EINVAL = true, EOUTSIDE = true }

--- Says why something that was listed cannot be read.
local function unreadable(path, err)
  if IS_CHANGE[err.code] then
    return changed(path)
  end
  return refuse(path, "cannot be read: " .. err.message, err.code)
end

--- Lists what is sent, folders before what is in them.
---@class engine.docker.build.Walk
---@field root core.fs.Root
---@field rules engine.docker.IgnoreRule[]
---@field dockerfile string
---@field always table<string, true> sent whatever the rules say
---@field may_keep boolean
---@field list engine.docker.TarEntry[]

local walk

local function visit(w, path, entry, depth)
  local is_out, why = ignore.is_out(w.rules, path)
  if why then
    return refuse(path, "cannot be held against .dockerignore: " .. why)
  end
  is_out = is_out and not w.always[path]
  local is_folder = entry.type == "directory"
  if not is_out and (is_folder or entry.type == "file" or entry.type == "link") then
    if #w.list >= M.FILES_MAX then
      return refuse("the context", ("has more than %d files: name what is not needed in %s"):format(
        M.FILES_MAX, ignore.NAME), "ELIMIT")
    end
    w.list[#w.list + 1] = { name = path, type = entry.type }
  elseif not is_out and entry.type == "device" then
    return refuse(path, "is a device, and is not sent: name it in " .. ignore.NAME)
  end
  local holds = w.dockerfile:sub(1, #path + 1) == path .. "/"
  if is_folder and (not is_out or w.may_keep or holds) then
    return walk(w, path, depth + 1)
  end
  return true
end

function walk(w, dir, depth)
  if depth > M.DEPTH_MAX then
    return refuse(dir, ("is nested deeper than %d folders"):format(M.DEPTH_MAX), "ELIMIT")
  end
  local entries, err = w.root:scandir(dir == "" and "." or dir, { nolinks = true })
  if not entries and dir == "" then
    return refuse("the context", "cannot be read: " .. err.message, err.code)
  elseif not entries then
    return unreadable(dir, err)
  end
  for _, entry in ipairs(entries) do
    local ok, why = visit(w, dir == "" and entry.name or dir .. "/" .. entry.name, entry, depth)
    if not ok then
      return nil, why
    end
  end
  return true
end

--- Writes what stands before an entry: below a folder of the archive, and somebody's.
local function head_of(entry, opts)
  local below = opts and opts.below
  if not opts then
    return tar.header(entry)
  end
  return tar.header({
    name = below and below.name .. "/" .. entry.name or entry.name, type = entry.type,
    mode = entry.mode, mtime = entry.mtime, size = entry.size, link = entry.link,
    owner = opts.owner,
  })
end

--- Sends what stands before an entry that was looked at.
local function send_head(entry, stat, write, opts)
  entry.mode, entry.size = entry.type == "link" and LINK_MODE or stat.mode, stat.size
  entry.mtime = stat.mtime_ns // NS
  local head, why = head_of(entry, opts)
  if not head then
    return refuse(entry.name, why)
  end
  return write(head)
end

--- Sends a folder or a link.
local function send_other(root, entry, write, opts)
  local stat, err = root:lstat(entry.name)
  if stat and stat.type ~= entry.type then
    return changed(entry.name)
  elseif stat and entry.type == "link" then
    entry.link, err = root:readlink(entry.name)
  end
  if err then
    return unreadable(entry.name, err)
  end
  return send_head(entry, stat, write, opts)
end

--- Sends a file.
local function send_file(root, entry, write, opts)
  local file <close>, err = root:open(entry.name, { nolinks = true })
  local stat
  if file then
    stat, err = file:stat()
  end
  if not stat then
    return unreadable(entry.name, err)
  end
  local ok
  ok, err = send_head(entry, stat, write, opts)
  if ok then
    ok, err = content.send(file, stat, write, function(why, code)
      return refuse(entry.name, why, code)
    end)
  end
  if not ok then
    return nil, err
  end
  return write(tar.padding(stat.size))
end

--- Makes the source that sends a list, and closes its root.
---@param opts? { owner?: table, below?: { name: string, mode: integer } }
local function sender(root, list, opts)
  return function(write)
    local from <close> = root
    if opts and opts.below then
      local top = { name = opts.below.name, type = "directory", mode = opts.below.mode,
        mtime = os.time(), owner = opts.owner }
      local ok, err = write(assert(tar.header(top)))
      if not ok then
        return nil, err
      end
    end
    for _, entry in ipairs(list) do
      local send = entry.type == "file" and send_file or send_other
      local sent, failed = send(from, entry, write, opts)
      if not sent then
        return nil, failed
      end
    end
    return write(tar.END)
  end
end

--- Makes the source of a body: the context as a tar.
---@param context string       a folder
---@param dockerfile? string   below it
---@param is_real? boolean     its path leads through no link, or it is another one by now
---@return engine.docker.Source? source
---@return core.Error? err
---@nodiscard
function M.source(context, dockerfile, is_real)
  dockerfile = dockerfile or DOCKERFILE
  local root, err = fs.open_root(context, { nolinks = is_real or false })
  if not root then
    return refuse(context, "is no folder that can be read: " .. err.message, err.code)
  end
  local rules, why = {}, nil
  local text
  text, err = root:read(ignore.NAME, { max = IGNORE_MAX })
  if text then
    rules, why = ignore.parse(text)
  elseif err.code ~= "ENOENT" then
    why = err.message
  end
  local stat = root:stat(dockerfile)
  if why or not stat or stat.type ~= "file" then
    root:close()
    return refuse(context .. "/" .. (why and ignore.NAME or dockerfile),
      why and "cannot be read: " .. why or "is no file: there is nothing to build")
  end
  local w = {
    root = root,
    rules = rules,
    dockerfile = dockerfile,
    may_keep = ignore.may_keep(rules),
    always = { [dockerfile] = true, [ignore.NAME] = true },
    list = {},
  }
  local ok
  ok, err = walk(w, "", 0)
  if not ok then
    root:close()
    return nil, err
  end
  return sender(root, w.list)
end

--- Refuses what is too much before any of it is sent.
local function check_size(root, list, max)
  local size = 0
  for _, entry in ipairs(max and list or {}) do
    local stat = entry.type == "file" and root:lstat(entry.name)
    size = size + (stat and stat.size or 0)
    if size > max then
      return nil, error_new({ code = "ELIMIT", op = M.OP,
        message = ("it has more than %d MiB"):format(max >> 20) })
    end
  end
  return true
end

--- Makes the source of a body: a whole folder as a tar, nothing left out but sockets and pipes.
---@param dir string without links: one that was put there is not followed
---@param opts? { owner?: table, below?: { name: string, mode: integer }, max?: integer } owner: of
---  all that is in it; below: a folder of the archive that it is in; max: bytes of its files
---@return engine.docker.Source? source
---@return core.Error|engine.docker.TarEntry[] entries or why it cannot be read
---@nodiscard
function M.folder(dir, opts)
  local root, err = fs.open_root(dir, { nolinks = true })
  if not root then
    return refuse(dir, "is no folder that can be read: " .. err.message, err.code)
  end
  local w = { root = root, rules = {}, dockerfile = "", may_keep = false, always = {}, list = {} }
  local ok
  ok, err = walk(w, "", 0)
  if not ok then
    root:close()
    return nil, err
  end
  ok, err = check_size(root, w.list, opts and opts.max)
  if not ok then
    root:close()
    return nil, err
  end
  return sender(root, w.list, opts), w.list
end

---@class engine.docker.BuildOptions
---@field context string            a folder
---@field is_real? boolean          no link leads to it, nor to its Dockerfile
---@field dockerfile? string        below it, default Dockerfile
---@field args? table<string, string> of ARG
---@field target? string            a stage
---@field platform? string
---@field name? string              a reference with a tag
---@field labels? table<string, string>
---@field masks? engine.run.Secrets of credentials: with it, the registries of FROM get what
---  `docker login` left
---@field getenv? engine.docker.Getenv
---@field on_output? fun(text: string) what the build prints, as it comes
---@field idle_ms? integer          without a line of it (IDLE_MS)

local function id_of(object)
  local aux = type(object.aux) == "table" and object.aux.ID
  local id = type(aux) == "string" and aux:match("^sha256:%x+$")
  return id or type(object.stream) == "string" and object.stream:match("^(sha256:%x+)%s*$") or nil
end

local function query_of(opts, parts)
  return {
    dockerfile = opts.dockerfile or DOCKERFILE,
    buildargs = next(opts.args or {}) and assert(json.encode(opts.args)) or nil,
    labels = next(opts.labels or {}) and assert(json.encode(opts.labels)) or nil,
    target = opts.target,
    platform = opts.platform,
    t = parts and reference.full(parts) or nil,
    rm = true, -- the containers of its steps,
    forcerm = true, -- also of one that failed
  }
end

local function failure(opts, err)
  if err.code == "ECANCELED" or err.op == M.OP and err.code == "EIMAGE" then
    return nil, err
  end
  local detail = err.detail or {}
  return nil, error_new({
    code = err.code,
    op = M.OP,
    message = ("%s cannot be built: %s"):format(opts.context, err.message),
    detail = { status = detail.status, help = detail.help },
  })
end

--- Makes the header with credentials for what the Dockerfile begins with.
local function header_of(opts)
  if not opts.masks then
    return nil
  end
  local path = opts.context .. "/" .. (opts.dockerfile or DOCKERFILE)
  local text, err = fs.read(path, { max = DOCKERFILE_MAX, nolinks = opts.is_real or false })
  if not text then
    return nil, err
  end
  return require("engine.docker.build_auth").header(text, opts.args or {},
    { masks = opts.masks, getenv = opts.getenv })
end

--- Builds an image, by the engine's classic builder.
---@async
---@param client engine.docker.Client
---@param opts engine.docker.BuildOptions
---@return string? id "sha256:HEX"
---@return core.Error? err EIMAGE: of the context; ENGINE_API: a step failed
function M.build(client, opts)
  local parts, why
  if opts.name then
    parts, why = reference.read(opts.name)
    if not parts then
      return nil, docker_error.new("ENGINE_BAD_REQUEST", opts.name .. " " .. why, nil,
        M.OP)
    end
  end
  local source, err = M.source(opts.context, opts.dockerfile, opts.is_real)
  if not source then
    return nil, err
  end
  local header
  header, err = header_of(opts)
  if err then
    return failure(opts, err)
  end
  local lines <close>, refused = client:lines("POST", "/build", {
    query = query_of(opts, parts),
    feed = source,
    type = "application/x-tar",
    headers = header and { header } or nil,
    idle_ms = opts.idle_ms or M.IDLE_MS,
    op = M.OP,
  })
  if not lines then
    return failure(opts, refused)
  end
  local id
  while true do
    local object
    object, err = lines:next()
    if err then
      return failure(opts, err)
    elseif not object then
      break
    end
    id = id_of(object) or id
    if opts.on_output and type(object.stream) == "string" then
      opts.on_output(object.stream)
    end
  end
  if not id then
    return failure(opts, docker_error.new("ENGINE_ANSWER", "the engine tells no id of an image"))
  end
  return id
end

return M

--- Homes of made-up users, with what the docker CLI keeps in them.
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")
local proc = require("core.proc")

local M = {}

local SECRET_MODE = tonumber("600", 8)

--- Runs a shell text in a folder; raises when it fails.
---@async
function M.sh(dir, text)
  local process <close> = assert(proc.spawn({ argv = { "/bin/sh", "-ec", text }, cwd = dir }))
  local result = assert(process:wait())
  assert(result.code == 0, process:stderr())
  return (process:stdout())
end

--- Makes a home, a to-be-closed value; `env` is its environment, `getenv` looks it up.
function M.home()
  local dir = assert(fs.realpath(assert(fs.tempdir())))
  local home = { dir = dir, env = { HOME = dir } }
  function home.getenv(name)
    return home.env[name]
  end
  function home.write(path, bytes, mode)
    path = dir .. "/" .. path
    assert(fs.mkdir_p((path:match("^(.*)/"))))
    assert(fs.write_atomic(path, bytes, { sync = false }))
    if mode then
      assert(fs.chmod(path, mode))
    end
    return path
  end
  function home.config(object)
    return home.write(".docker/config.json", type(object) == "string" and object
      or assert(json.encode(object)))
  end
  function home.context(name, meta)
    return home.write((".docker/contexts/meta/%s/meta.json"):format(assert(hash.sha256(name))),
      type(meta) == "string" and meta or assert(json.encode(meta)))
  end
  --- Writes certificates; `modes` has those of files that are not 600, `false` leaves one out.
  function home.certs(folder, modes)
    for _, name in ipairs({ "ca", "cert", "key" }) do
      local mode = modes and modes[name]
      if mode ~= false then
        home.write(("%s/%s.pem"):format(folder, name), "-----BEGIN", mode or SECRET_MODE)
      end
    end
    return dir .. "/" .. folder
  end
  function home.tls_of(name)
    return (".docker/contexts/tls/%s/docker"):format(assert(hash.sha256(name)))
  end
  --- Makes a socket that nothing listens at.
  function home.socket(path)
    path = dir .. "/" .. path
    assert(fs.mkdir_p((path:match("^(.*)/"))))
    M.sh(dir, ([[python3 -c 'import socket,sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' '%s']]):format(path))
    return path
  end
  function home.remove()
    assert(fs.remove_tree(dir))
  end
  return setmetatable(home, { __close = home.remove })
end

--- Notes what is registered as secret.
function M.masks()
  local masks = { values = {} }
  function masks.add_value(self, value)
    self.values[value] = true
  end
  return masks
end

return M

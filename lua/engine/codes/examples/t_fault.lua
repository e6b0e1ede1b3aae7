--- Examples of family T: faults.  See engine.codes.examples for the form.
local CACHE = '[services.cache]\nplugin = "redis"\n'
local PING = '[[steps]]\nname = "ping"\ncommand = "redis-cli -h cache ping"\n'

local function fault(keys)
  return ("[[fault]]\nservice = \"cache\"\n%s"):format(keys)
end

---@type table<string, engine.codes.Example>
return {
  T901 = {
    bad = CACHE .. fault('kind = "disk_full"\npath = "/usr"\n') .. PING,
    good = CACHE .. 'tmpfs = ["/data:size=1m"]\n'
      .. fault('kind = "disk_full"\npath = "/data"\n') .. PING,
  },
  T902 = {
    bad = CACHE .. fault('kind = "pause"\nat = "1m"\n') .. PING,
    good = CACHE .. fault('kind = "pause"\nat = "1m"\noptional = true\n') .. PING,
  },
  T903 = { none = "an engine would have to end while a fault is in effect" },
}

--- What a service asks for beyond its container: refused from a file, permitted by its name alone,
--- and never given by a sandbox room.
local model = require("engine.model")

local ASKS = {
  ["privileged = true"] = "privileged",
  ['cap_add = ["NET_ADMIN"]'] = "added-capabilities",
  ['devices = "/dev/fuse"'] = "devices",
  ['pid = "host"'] = "host-namespaces",
  ['ipc = "host"'] = "host-namespaces",
  ['uts = "host"'] = "host-namespaces",
  ['network = "host"'] = "host-network",
}

local function load(keys, opts)
  opts.backend = opts.backend or "docker"
  return model.parse(([=[
[meta]
name = "a"
[services.web]
image = "%s"
command = ["true"]
%s
[[steps]]
name = "x"
command = ["true"]
]=]):format(opts.image or "web:1", keys), "/p/a.clnrm.toml", opts)
end

local function codes(list)
  local found = {}
  for i, d in ipairs(list) do
    found[i] = d.code
  end
  return table.concat(found, " ")
end

describe("rights on the machine", function()
  it("are refused from a file, and permitted by their names alone", function()
    for keys, name in pairs(ASKS) do
      local suite, list = load(keys, { run_modules = true })
      assert.is_nil(suite, keys)
      assert.equal("P129", codes(list), keys)
      assert.equal("not without --allow " .. name, list[1].label)
      local others = {}
      for _, other in pairs(ASKS) do
        others[other] = other ~= name or nil
      end
      assert.is_nil((load(keys, { run_modules = true, allow = others })), keys)
      suite = assert(load(keys, { run_modules = true, allow = { [name] = true } }))
      local service = suite.services[1]
      assert.is_true(service.rights ~= nil or service.network == "host", keys)
      assert(load(keys, {}), keys) -- to be looked at
    end
  end)

  it("leave nothing of its own to what they are about", function()
    for namespace, line in pairs({ ipc = 'shm_size = "8m"', uts = 'hostname = "box"' }) do
      local keys = ('%s = "%%s"\n%s'):format(namespace, line)
      local opts = { run_modules = true, allow = { ["host-namespaces"] = true } }
      local suite, list = load(keys:format("host"), opts)
      assert.is_nil(suite, keys)
      assert.same({ "P109", 7 }, { list[1].code, list[1].line }, keys)
      assert(load(keys:format("private"), opts), keys)
    end
  end)

  it("are none of a room of the sandbox", function()
    local all = {}
    for _, name in pairs(ASKS) do
      all[name] = true
    end
    for keys in pairs(ASKS) do
      local _, list = load(keys, { run_modules = true, allow = all, backend = "sandbox",
        image = "host" })
      assert.equal("P124", codes(list), keys)
    end
    for _, keys in ipairs({ 'networks = ["a"]', "allow_network = true" }) do
      local _, list = load(keys, { backend = "sandbox", image = "host" })
      assert.equal("P124", codes(list), keys)
      assert(load(keys, {}))
    end
    for _, address in ipairs({ "10.0.0.1", "2001:db8::1" }) do
      local keys = ('extra_hosts = ["x.example:%s"]'):format(address)
      assert.same({ { "x.example", address } }, assert(load(keys, {})).services[1].extra_hosts)
      local _, list = load(keys, { backend = "sandbox", image = "host" })
      assert.equal("P124", codes(list), keys)
    end
    assert.is_nil((load('extra_hosts = { a = "example.org" }', {})))
    local rights = require("engine.model.rights")
    assert.is_nil(rights.refused({ name = "web", network = "room" }))
    for _, one in ipairs({ { rights = { pid = "host" } }, { networks = { "a" } },
      { has_way_out = true }, { network = "host" }, { extra_hosts = { { "a", "10.0.0.1" } } } }) do
      one.name = "web"
      assert.equal("EPOLICY", rights.refused(one).code)
    end
  end)

  it("are read as they are written", function()
    local allow = { devices = true, ["added-capabilities"] = true }
    local suite = assert(load('devices = ["/dev/a", "/dev/b:/dev/c:r"]\ncap_add = "SYS_TIME"',
      { run_modules = true, allow = allow }))
    assert.same({
      devices = { { host = "/dev/a", inside = "/dev/a", access = "rwm" },
        { host = "/dev/b", inside = "/dev/c", access = "r" } },
      cap_add = { "SYS_TIME" },
    }, suite.services[1].rights)
    assert.is_nil(assert(load('pid = "private"\nprivileged = false\ncap_add = []', {}))
      .services[1].rights)
    for _, wrong in ipairs({ 'devices = "dev/x"', 'devices = "/dev/../x"', 'devices = "/dev/x:y"',
      'cap_add = "net admin"', 'networks = "a"\nnetwork = "none"' }) do
      assert.is_nil((load(wrong, {})), wrong)
    end
  end)
end)

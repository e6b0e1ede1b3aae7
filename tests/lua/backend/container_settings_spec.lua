--- What a policy makes of a container's settings, and what is made of a kernel that keeps to none.
local json = require("core.json")
local settings = require("engine.backend.container.settings")

local LOW, MEDIUM, HIGH = { level = "low" }, { level = "medium" }, { level = "high" }

local function host(more)
  local made = { CapDrop = { "NET_RAW", "MKNOD", "AUDIT_WRITE", "SYS_CHROOT" }, PidsLimit = 4096,
    NetworkMode = "none",
    Mounts = { { Target = "/link", ReadOnly = false }, { Target = "/x", ReadOnly = false } } }
  for key, value in pairs(more or {}) do
    made[key] = value
  end
  return made
end

describe("settings of a policy", function()
  it("are those of its level", function()
    local low = settings.apply(host(), "low", {})
    assert.same(host(), low)
    local medium = settings.apply(host(), "medium", { ["/link"] = true })
    assert.same({ "CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID" },
      settings.capabilities(medium))
    assert.is_nil(medium.ReadonlyRootfs)
    assert.is_false(medium.Mounts[1].ReadOnly)
    assert.is_true(medium.Mounts[2].ReadOnly)
    local high = settings.apply(host(), "high", {})
    assert.same({}, settings.capabilities(high))
    assert.is_true(high.ReadonlyRootfs)
  end)

  it("are an error where the kernel says that there is more", function()
    local asked = settings.apply(host(), "high", {})
    local function facts(held, privs, seccomp)
      return { { name = "capabilities", what = held }, { name = "no_new_privs", what = privs },
        { name = "seccomp", what = seccomp } }
    end
    assert.is_nil(settings.more_than(asked, facts("0000000000000000", "yes", "a filter"), "high"))
    assert.is_nil(settings.more_than(host(), facts("00000000800005fb", "yes", "none"), "low"))
    for _, wrong in ipairs({ { "0000000000000001", "yes", "a filter" },
      { "0000000000000000", "no", "a filter" }, { "0000000000000000", "yes", "none" } }) do
      assert.equal("EPOLICY", assert(settings.more_than(asked, facts(table.unpack(wrong)),
        "high")).code)
    end
  end)

  it("need an engine that runs containers under seccomp, with high", function()
    local function refused(level, options)
      return settings.refused_engine(level, { SecurityOptions = options })
    end
    assert.is_nil(refused("high", { "name=apparmor", "name=seccomp,profile=default" }))
    assert.is_nil(refused("medium", { "name=seccomp,profile=unconfined" }))
    for _, options in ipairs({ { "name=seccomp,profile=unconfined" }, { "name=apparmor" }, {},
      json.null }) do
      assert.equal("EPOLICY", assert(refused("high", options)).code)
    end
  end)

  it("refuse what services need and a level forbids", function()
    local service = { name = "web", volumes = { { target = "/data", read_only = false } } }
    assert.is_nil(settings.refused_services(LOW, { service }))
    assert.matches("/data", settings.refused_services(MEDIUM, { service }).message, 1, true)
    service.volumes[1].read_only = true
    assert.is_nil(settings.refused_services(HIGH, { service }))
    service.files = { { path = "/x" } }
    assert.is_nil(settings.refused_services(MEDIUM, { service }))
    for _, more in ipairs({ { rights = { pid = "host" } }, { network = "host" } }) do
      more.name = "web"
      assert.matches("rights on the machine", settings.refused_services(LOW, { more }).message, 1,
        true)
    end
    local open = { name = "a", has_way_out = true }
    assert.is_nil(settings.refused_services(LOW, { open }))
    assert.matches("way out", settings.refused_services({ level = "low", hosts = {} },
      { open }).message, 1, true)
    assert.is_nil(settings.refused_hosts({ hosts = {} }, {}))
    assert.equal("EPOLICY", settings.refused_hosts({ hosts = {} }, { "room" }).code)
    assert.matches("files", settings.refused_services(HIGH, { service }).message, 1, true)
  end)
end)

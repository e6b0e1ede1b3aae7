--- The service modules as data: what they say of themselves, and what their options change.
local NAMES = { "http", "mariadb", "nginx", "postgres", "prometheus", "rabbitmq", "redis" }
local TYPES = {
  boolean = "boolean", duration = "string", integer = "number", list = "table", table = "table",
  text = "string",
}
local PASSWORD = 'pass "word\\ $'

local function module(name)
  return require("clnrm.service." .. name)
end

--- The options as the engine hands them over: defaults filled in.
local function options(name, given)
  local o = { name = "svc", dir = "/var/lib/svc" }
  for key, option in pairs(module(name).options) do
    o[key] = option.type == "duration" and 1000 or option.default
  end
  for key, value in pairs(given or {}) do
    o[key] = value
  end
  return o
end

local function spec(name, given)
  return assert(module(name).spec(options(name, given)))
end

--- What it is over an image: without a directory of its own.
local function in_image(name, given)
  local o = options(name, given)
  o.dir = nil
  return assert(module(name).in_image(o))
end

--- All texts in a value, joined; keys left out.
local function texts(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local list = {}
  for _, entry in pairs(value) do
    list[#list + 1] = texts(entry)
  end
  return table.concat(list, "\n")
end

for _, name in ipairs(NAMES) do
  describe("clnrm.service." .. name, function()
    it("says what it is, which package it needs, and of each option type and meaning", function()
      local m = module(name)
      assert.matches("^%u.*%.$", m.summary:gsub("^nginx", "N"))
      assert.matches("^[a-z0-9-]+$", m.package)
      for key, option in pairs(m.options) do
        assert.is_string(TYPES[option.type], key)
        assert.is_string(option.doc, key)
        if option.default ~= nil then
          assert.equal(TYPES[option.type], type(option.default), key)
        end
      end
    end)

    it("starts with its defaults, listens on one port and waits for it", function()
      local s = spec(name)
      assert.same({ module(name).options.port.default }, s.ports)
      assert.is_table(s.wait)
      assert.is_true(#s.command > 0)
    end)

    it("listens where it is told to", function()
      local s = spec(name, { port = 7071 })
      assert.same({ 7071 }, s.ports)
      assert.truthy(texts({ s.command, s.files, s.env }):find("7071", 1, true))
    end)

    it("is the same over an image: port, waits, what its steps have", function()
      local image = module(name).image
      assert.is_table(require("engine.image.reference").parse(image), image)
      assert.matches(":%w[%w.-]*$", image) -- a tag, and so not whatever is newest
      for _, given in ipairs({ {}, { port = 7071, password = PASSWORD } }) do
        local host, s = spec(name, given), in_image(name, given)
        assert.same(host.ports, s.ports)
        assert.truthy(texts({ s.command, s.files, s.env }):find(tostring(s.ports[1]), 1, true))
        assert.is_table(s.wait)
        assert.is_nil(s.template)
        for key in pairs(s.step_env or {}) do
          assert.is_string(host.step_env[key], key)
        end
        assert.is_nil(texts(s.command or {}):find("word", 1, true))
      end
    end)
  end)
end

describe("a password", function()
  for _, name in ipairs({ "mariadb", "postgres", "rabbitmq", "redis" }) do
    it("is a secret of " .. name .. " and stands in no argument", function()
      assert.is_true(module(name).options.password.secret)
      local s = spec(name, { password = PASSWORD })
      local seen = { s.command, s.wait, s.template and { s.template.argv, s.template.key } }
      assert.is_nil(texts(seen):find(PASSWORD, 1, true))
      assert.is_nil(texts(seen):find("word", 1, true))
      assert.truthy(texts({ s.step_env, s.env, s.files }):find("pass", 1, true))
    end)
  end

  it("is quoted in redis.conf as Redis reads it", function()
    local file = spec("redis", { password = PASSWORD }).files[1]
    assert.equal('requirepass "pass \\x22word\\x5c $"\n', file.content)
    assert.equal("0600", file.mode)
  end)

  it("is not asked for unless it is set", function()
    assert.is_nil(spec("redis").files)
    assert.is_nil(spec("postgres").step_env.PGPASSWORD)
  end)
end)

describe("what a user cannot be", function()
  local function refusal(name, given, of)
    local s, message, option = module(name)[of](options(name, given))
    assert.is_nil(s)
    return option .. ": " .. message
  end
  it("is told with the option that is to blame, on this machine and over an image", function()
    for _, of in ipairs({ "spec", "in_image" }) do
      assert.equal("username: a user other than root needs a `password`",
        refusal("mariadb", { username = "ada" }, of))
      assert.matches("^password: a line break", refusal("mariadb", { password = "a\nb" }, of))
      assert.equal("password: PostgreSQL takes one line",
        refusal("postgres", { password = "a\nb" }, of))
      assert.equal('plugins: "a b" is no name of a plugin',
        refusal("rabbitmq", { plugins = { "a b" } }, of))
      assert.matches("^root: nginx cannot show", refusal("nginx", { root = "/$b" }, of))
    end
  end)
end)

describe("mariadb", function()
  it("quotes what it is given for SQL, and for the file of its clients", function()
    local s = spec("mariadb", { username = "a'b", password = "p\\'\"q", database = "x`_y" })
    assert.truthy(s.template.stdin:find([[create user 'a\'b'@'%' identified by 'p\\\'"q';]], 1,
      true))
    assert.truthy(s.template.stdin:find([[grant all on `x``\_y`.* to 'a\'b'@'%';]], 1, true))
    assert.truthy(s.files[1].content:find('password = "p\\\\\'"q"', 1, true))
    assert.equal("0600", s.files[1].mode)
    assert.is_nil(texts({ s.command, s.template.argv }):find("p\\", 1, true))
  end)

  it("makes another template for each user, password, database and SQL", function()
    local seen = {}
    for _, given in ipairs({ {}, { username = "u", password = "p" }, { password = "p" },
      { database = "d" }, { init = "select 1;" }, { dir = "/var/lib/b" } }) do
      local key = spec("mariadb", given).template.key
      assert.is_nil(seen[key])
      seen[key] = true
    end
  end)
end)

describe("rabbitmq", function()
  it("hands out a URL whose parts are escaped", function()
    local s = spec("rabbitmq", { username = "a b", password = "p/w@", vhost = "/x", port = 5673 })
    assert.equal("amqp://a%20b:p%2Fw%40@127.0.0.1:5673/%2Fx", s.step_env.AMQP_URL)
  end)

  it("is ready when it has started each plugin: without one it starts as well", function()
    local s = spec("rabbitmq", { plugins = { "rabbitmq_management" } })
    assert.same({ log = "\\* rabbitmq_management\\b", timeout = "5s" }, s.wait[3])
    assert.equal("[rabbitmq_management].\n", s.files[1].content)
  end)
end)

describe("prometheus", function()
  it("scrapes itself and the targets, and with `scraped` waits for all of them", function()
    local o = { targets = { web = "web:80", api = "api:81" }, scraped = true, rules = "groups: []" }
    local s = in_image("prometheus", o)
    local config = require("core.json").decode(s.files[1].content)
    assert.same({ "prometheus", "api", "web" }, { config.scrape_configs[1].job_name,
      config.scrape_configs[2].job_name, config.scrape_configs[3].job_name })
    assert.equal("api:81", config.scrape_configs[2].static_configs[1].targets[1])
    assert.equal("1000ms", config.global.scrape_interval)
    assert.same({ "/etc/prometheus/rules.yml" }, config.rule_files)
    assert.equal("groups: []", s.files[2].content)
    assert.equal(',"3"]', s.wait.body)
  end)
end)

describe("nginx", function()
  it("puts locations and directives into its server block", function()
    local config = spec("nginx", {
      root = "/srv/a b",
      locations = { ["/b"] = "return 202;", ["= /a"] = "return 201;" },
      server = "add_header X-A 1;",
    }).files[1].content
    assert.truthy(config:find('root "/srv/a b";', 1, true))
    assert.truthy(config:find(
      "add_header X-A 1;\nlocation /b { return 202; }\nlocation = /a { return 201; }\n", 1, true))
  end)

  it("refuses a root that would mean something else to it", function()
    for _, path in ipairs({ "/a$b", '/a"b', "/a\nb", "/a\\b" }) do
      local s, message, option = module("nginx").spec(options("nginx", { root = path }))
      assert.is_nil(s)
      assert.matches("^nginx cannot show", message)
      assert.equal("root", option)
    end
  end)
end)

describe("postgres", function()
  local function key(given)
    return spec("postgres", given).template.key
  end

  it("makes another template for each user, password, database, SQL and directory", function()
    local seen = { [key()] = "the defaults" }
    local texts_of = { ["a.sql"] = "select 1;", ["b.sql"] = "select 2;" }
    local function read(path)
      return texts_of[path]
    end
    for what, given in pairs({
      username = { username = "app" },
      password = { password = "p" },
      database = { database = "app" },
      init = { init = "select 3;" },
      ["a file"] = { init_files = { "a.sql" }, read = read },
      ["another file"] = { init_files = { "b.sql" }, read = read },
      dir = { dir = "/var/lib/other" },
    }) do
      local found = key(given)
      assert.is_nil(seen[found], ("%s makes the key of %s"):format(what, tostring(seen[found])))
      seen[found] = what
    end
    assert.equal(key(), key({ port = 7000 }))
  end)

  it("runs the files before the text", function()
    local s = spec("postgres", {
      init = "C;",
      init_files = { "a", "b" },
      read = function(path)
        return path:upper() .. ";"
      end,
    })
    assert.equal("A;\nB;\nC;", s.template.stdin)
  end)

  it("tells which file could not be read", function()
    local s, message = module("postgres").spec(options("postgres", {
      init_files = { "a" },
      read = function()
        return nil, "a: no such file"
      end,
    }))
    assert.is_nil(s)
    assert.equal("init_files: a: no such file", message)
  end)

  it("refuses a password of several lines, of which it would take the first", function()
    local s, message = module("postgres").spec(options("postgres", { password = "a\nb" }))
    assert.is_nil(s)
    assert.equal("PostgreSQL takes one line", message)
  end)

  it("says which package is missing", function()
    local m = module("postgres")
    local versions = m.VERSIONS
    m.VERSIONS = "/no/such/directory"
    local s, message = m.spec(options("postgres"))
    m.VERSIONS = versions
    assert.is_nil(s)
    assert.equal("PostgreSQL is not installed (nothing in /no/such/directory): "
      .. "Debian package postgresql", message)
  end)
end)

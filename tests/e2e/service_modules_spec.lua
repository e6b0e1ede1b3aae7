--- The service modules as a user has them: each option has its effect in a room, the servers are
--- those of this machine.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'
local TOML_PASSWORD = [["hunter2 'and\" more"]]

--- Runs a test file in a folder of its own; `files` are more of them, by path.
---@return tests.Result result, table report
local function run(body, files, words)
  local dir = support.tempdir()
  support.write(dir .. "/x.clnrm.toml", HEAD .. body)
  for path, text in pairs(files or {}) do
    support.write(dir .. "/" .. path, text)
  end
  local argv = { "run", "--format", "json", "x.clnrm.toml" }
  table.move(words or {}, 1, #(words or {}), #argv + 1, argv)
  local result = support.run(argv, { cwd = dir })
  support.remove(dir)
  return result, assert(json.decode(result.out), result.err .. result.out)
end

--- Runs a file that must pass.
local function passes(body, files)
  local result = run(body, files)
  assert.equal(0, result.code, result.out .. result.err)
end

--- A step of a service: a command and the whole of what it prints.
local function step(command, prints, more)
  return ("[[steps]]\nname = %q\ncommand = '''%s'''\nexpect.stdout.equals = '''%s'''\n%s\n"):format(
    command:gsub("[^%w]+", " "), command, prints, more or "")
end

describe("redis", function()
  it("listens where it is told, and has as many databases", function()
    passes([==[
[services.r]
plugin = "redis"
port = 7001
databases = 3
args = ["--maxmemory", "20mb"]
]==] .. step("redis-cli -p 7001 -n 2 set a b", "OK\n")
      .. step("redis-cli -h r -p 7001 config get databases", "databases\n3\n")
      .. step("redis-cli -p 7001 config get maxmemory", "maxmemory\n20971520\n")
      .. step("redis-cli -e -p 6379 ping", "", "expected_exit_code = 1"))
  end)

  it("is asked with its password, and not without", function()
    passes([==[
[services.r]
plugin = "redis"
password = ]==] .. TOML_PASSWORD .. "\n" .. step("redis-cli -e ping", "PONG\n")
      .. step("env -u REDISCLI_AUTH redis-cli -e ping", "", "expected_exit_code = 1\n"
        .. 'expect.stderr.contains = "NOAUTH"')
      .. step("REDISCLI_AUTH=wrong redis-cli -e ping", "", "expected_exit_code = 1\n"
        .. 'expect.stderr.contains = "WRONGPASS"'))
  end)

  it("is the version that is installed here, and saves nothing", function()
    local version = support.sh("redis-server --version").out:match("v=([%d.]+)")
    passes('[services.r]\nplugin = "redis"\n'
      .. step("redis-cli info server | grep -o '^redis_version:[0-9.]*'",
        "redis_version:" .. version .. "\n")
      .. step("redis-cli set a b; redis-cli config get save; ls /var/lib/r", "OK\nsave\n\n"))
  end)
end)

describe("http", function()
  it("shows the project, or another directory, where it is told", function()
    passes([==[
[services.a]
plugin = "http"
[services.b]
plugin = "http"
port = 8001
root = "/usr/share/doc/bash"
]==] .. step("curl -sS http://a:8000/hello.txt", "hello\n")
      .. step("curl -sS http://b:8001/copyright | cmp - /usr/share/doc/bash/copyright", ""),
      { ["hello.txt"] = "hello\n" })
  end)

  it("is not ready when there is no such directory", function()
    local result, report = run([==[
[services.a]
plugin = "http"
root = "/project/missing"
wait = { http = "/", timeout = "1s" }
[[steps]]
name = "s"
command = ["true"]
]==])
    assert.equal(1, result.code, result.out)
    assert.truthy(json.encode(report.results[1].failures):find("404", 1, true), result.out)
  end)
end)

describe("nginx", function()
  it("takes root, locations and directives, and is the version that is installed", function()
    local version = support.sh("/usr/sbin/nginx -v 2>&1").out:match("nginx/[%d.]+")
    passes([==[
[services.w]
plugin = "nginx"
port = 8090
root = "/project/site"
locations = { "= /made" = "return 201 made;", "/api/" = "return 202 $uri;" }
server = "add_header X-Mine y;"
]==] .. step("curl -sS http://w:8090/a.txt", "a file\n")
      .. step("curl -sS -w ' %{http_code}' http://w:8090/made", "made 201")
      .. step("curl -sS -w ' %{http_code}' http://w:8090/api/x", "/api/x 202")
      .. step("curl -sSI http://w:8090/a.txt | grep -io -e 'server: nginx/[0-9.]*' -e 'x-mine: y*'",
        ("Server: %s\nX-Mine: y\n"):format(version))
      .. step("curl -sS -o /dev/null -w '%{content_type}' http://w:8090/i.svg", "image/svg+xml"),
      { ["site/a.txt"] = "a file\n", ["site/i.svg"] = "<svg/>" })
  end)

  it("that cannot read its directives fails with its own words", function()
    local result, report = run([==[
[services.w]
plugin = "nginx"
server = "no_such_directive on;"
[[steps]]
name = "s"
command = ["true"]
]==])
    assert.equal(1, result.code, result.out)
    assert.truthy(json.encode(report.results[1].failures):find("no_such_directive", 1, true))
  end)
end)

describe("postgres", function()
  it("has the user, the database, and what the SQL made, once", function()
    local version = support.sh("ls /usr/lib/postgresql | sort -n | tail -1").out:gsub("\n", "")
    passes([==[
[services.d]
plugin = "postgres"
port = 5433
username = "ada"
database = "my shop"
init_files = ["one.sql", "sub/two.sql"]
init = "insert into t values (3);"
]==] .. step("psql -XAtc 'select current_user, current_database()'", "ada|my shop\n")
      .. step("psql -XAtc 'select string_agg(a::text, $$,$$) from t'", "1,2,3\n")
      .. step("psql -h d -XAtc 'show port'", "5433\n")
      .. step("psql -XAtc 'show server_version' | cut -d. -f1", version .. "\n"), {
      ["one.sql"] = "create table t (a int);\ninsert into t values (1);\n",
      ["sub/two.sql"] = "insert into t values (2)\n;\n",
    })
  end)

  it("is asked with its password, and not without", function()
    passes([==[
[services.d]
plugin = "postgres"
password = ]==] .. TOML_PASSWORD .. "\n" .. step("psql -XAtwc 'select 1'", "1\n")
      .. step("psql -h 127.0.0.1 -XAtwc 'select 1'", "1\n")
      .. step("env -u PGPASSWORD psql -XAtwc 'select 1'", "", "expected_exit_code = 2\n"
        .. 'expect.stderr.contains = "no password supplied"')
      .. step("PGPASSWORD=wrong psql -h d -XAtwc 'select 1'", "", "expected_exit_code = 2\n"
        .. 'expect.stderr.contains = "password authentication failed"'))
  end)

  local TWO = HEAD .. [==[
[services.d]
plugin = "postgres"
init = "create table t (a int)"
[[scenario]]
name = "one"
[[scenario.steps]]
name = "insert"
command = ["psql", "-XAtc", "insert into t values (1) returning (select count(*) from t)"]
expect.stdout.equals = "0\nINSERT 0 1\n"
[[scenario]]
name = "two"
[[scenario.steps]]
name = "insert"
command = ["psql", "-XAtc", "insert into t values (1) returning (select count(*) from t)"]
expect.stdout.equals = "0\nINSERT 0 1\n"
]==]
  local TWICE = 'run() { clnrm run -q -j 2 && ls "$XDG_CACHE_HOME/clnrm/templates" | grep -c .; }\n'
    .. "run && run"

  it("makes its template once, and each room's copy is private", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", TWO)
    local out = support.sh(TWICE, { cwd = dir, env = { XDG_CACHE_HOME = dir .. "/cache" } })
    support.remove(dir)
    local counts = {}
    for count in out.out:gmatch("\n(%d+)\n") do
      counts[#counts + 1] = count
    end
    assert.equal(2, #counts, out.out .. out.err)
    assert.equal(counts[1], counts[2])
  end)

  it("whose SQL is wrong fails with the server's own words", function()
    local result, report = run([==[
[services.d]
plugin = "postgres"
init = "create tabel t (a int);"
[[steps]]
name = "s"
command = ["true"]
]==])
    assert.not_equal(0, result.code)
    assert.truthy(json.encode(report.results[1].failures):find("syntax error at or near", 1, true))
  end)

  it("reads SQL of the project only", function()
    local result = run([==[
[services.d]
plugin = "postgres"
init_files = ["../../../../etc/passwd"]
[[steps]]
name = "s"
command = ["true"]
]==])
    assert.equal(2, result.code, result.out)
  end)
end)

describe("a module of the project", function()
  local MODULE = [==[
return {
  summary = "Says hello.",
  package = "no-such-package",
  image = "localhost/hello:1",
  needs = { NEEDS },
  options = { word = { type = "text", default = "hello", doc = "what it says" } },
  spec = function(o)
    if o.word == "refused" then
      return nil, "it does not say that"
    end
    return { command = { "sh", "-c", "echo " .. o.word .. " " .. o.name .. " > said; sleep 60" },
      wait = { file = "said" } }
  end,
}
]==]
  local function files(needs)
    local module = MODULE:gsub("NEEDS", needs)
    return { ["services/hello.lua"] = module, ["clnrm.toml"] = "[project]\n" }
  end

  it("works as one of ours", function()
    passes('[services.s]\nplugin = "hello"\nword = "moin"\n'
      .. step("pwd; cat said", "/var/lib/s\nmoin s\n"), files('"sh"'))
  end)

  it("whose program is not installed is said with its package, in one sentence", function()
    local result, report = run('[services.s]\nplugin = "hello"\n' .. step("true", ""),
      files('"no-such-program"'))
    assert.not_equal(0, result.code)
    local text = json.encode(report.results[1].failures or report.results[1].diagnostics)
    assert.truthy(text:find("no%-such%-program"), text)
    assert.truthy(text:find("no%-such%-package"), text)
    assert.truthy(text:find("localhost/hello:1", 1, true), text)
  end)

  it("may refuse its options", function()
    local result = run('[services.s]\nplugin = "hello"\nword = "refused"\n' .. step("true", ""),
      files('"sh"'))
    assert.not_equal(0, result.code)
    assert.truthy(result.out:find("it does not say that", 1, true), result.out)
  end)

  it("that has no such option says so, and what was meant", function()
    local result = run('[services.s]\nplugin = "hello"\nwrod = "x"\n' .. step("true", ""),
      files('"sh"'))
    assert.equal(2, result.code)
    assert.truthy(result.out:find("word", 1, true), result.out)
  end)
end)

--- One file for each service module, run the same by the sandbox, by Docker and by Podman: a client
--- beside the server and one that comes by its name do real work, a wrong password is refused, the
--- end is clean, and the next scenario finds nothing of it.
local assert = require("luassert")
local docker = dofile("tests/e2e/docker_support.lua")

local M = { docker = docker, engines = docker.engines }

local PASSWORD = "s'ecr\"et\\x 1"

-- [services.it] is the server, `client` another place with its programs, unless it is `alone`: CNI
-- of Debian's Podman has no names for containers.  $it: its name then, or 127.0.0.1; $PASSWORD: in
-- TOML; $get URL prints a page.
M.CASES = {
  redis = { image = "redis", text = [==[
plugin = "redis"
password = $PASSWORD
databases = 3
[[scenario]]
name = "work"
[[scenario.steps]]
name = "beside it"
service = "it"
command = "redis-cli -n 2 set a 41; redis-cli -n 2 incr a; redis-cli config get databases"
expect.stdout.equals = "OK\n42\ndatabases\n3\n"
[[scenario.steps]]
name = "by its name"
service = "client"
command = ["redis-cli", "-h", "$it", "--no-auth-warning", "-a", $PASSWORD, "-n", "2", "get", "a"]
expect.stdout.equals = "42\n"
[[scenario.steps]]
name = "wrong password"
service = "client"
command = "redis-cli -h $it -a wrong ping; env -u REDISCLI_AUTH redis-cli -h $it ping"
expect.stdout.contains = "NOAUTH"
expect.stderr.contains = "WRONGPASS"
[[scenario]]
name = "next"
[[scenario.steps]]
name = "nothing is left"
service = "it"
command = "redis-cli -n 2 dbsize"
expect.stdout.equals = "0\n"
]==] },
  http = { image = "python", text = [==[
plugin = "http"
root = "/project/site"
[[steps]]
name = "by its name"
service = "client"
command = "$get http://$it:8000/a.txt"
expect.stdout.equals = "a file\n"
]==] },
  nginx = { image = "nginx", text = [==[
plugin = "nginx"
root = "/project/site"
locations = { "= /made" = "return 200 made;" }
server = "add_header X-Mine y;"
[[steps]]
name = "by its name"
service = "client"
command = "$get http://$it:8080/a.txt; $get http://$it:8080/made"
expect.stdout.equals = "a file\nmade"
]==] },
  postgres = { image = "postgres", text = [==[
plugin = "postgres"
username = "ada"
password = $PASSWORD
database = "my shop"
init_files = ["one.sql"]
init = "insert into t values (41);"
[[scenario]]
name = "work"
[[scenario.steps]]
name = "beside it"
service = "it"
command = """psql -XAtqc 'update t set a = a + 1' \
  -c 'select a, current_user, current_database() from t'"""
expect.stdout.equals = "42|ada|my shop\n"
[[scenario.steps]]
name = "by its name"
service = "client"
env = { PGPASSWORD = $PASSWORD, PGCONNECT_TIMEOUT = "5" }
command = """PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
psql -h $it -U ada -d 'my shop' -XAtqc 'select a from t'"""
expect.stdout.equals = "42\n"
[[scenario.steps]]
name = "wrong password"
service = "it"
command = """
for host in 127.0.0.1 $PGHOST; do PGPASSWORD=wrong psql -h $host -XAtwc 'select 1' && echo in; done
env -u PGPASSWORD psql -h 127.0.0.1 -XAtwc 'select 1' && echo in; true"""
expect.stdout.equals = ""
expect.stderr.contains = ["password authentication failed", "no password supplied"]
[[scenario]]
name = "next"
[[scenario.steps]]
name = "nothing is left"
service = "it"
command = "psql -XAtqc 'select a from t'"
expect.stdout.equals = "41\n"
]==] },
  mariadb = { image = "mariadb", text = [==[
plugin = "mariadb"
username = "ada"
password = $PASSWORD
database = "my_shop"
init_files = ["one.sql"]
init = "insert into t values (41);"
[[scenario]]
name = "work"
[[scenario.steps]]
name = "beside it"
service = "it"
command = "mariadb -Ne 'update t set a = a + 1; select a, current_user(), database() from t'"
expect.stdout.equals = "42\tada@%\tmy_shop\n"
[[scenario.steps]]
name = "by its name"
service = "client"
env = { MYSQL_PWD = $PASSWORD }
command = """mariadb -h $it -u ada my_shop -Ne 'select a from t'
mariadb -h $it -u root -Ne 'select 7'"""
expect.stdout.equals = "42\n7\n"
[[scenario.steps]]
name = "wrong password"
service = "client"
command = """mariadb -h $it -u ada -pwrong -Ne 'select 1' && echo in
mariadb --no-defaults -h $it -u root -Ne 'select 1' && echo in; true"""
expect.stdout.equals = ""
expect.stderr.matches = "(?s)Access denied for user 'ada'.*Access denied for user 'root'"
[[scenario]]
name = "next"
[[scenario.steps]]
name = "nothing is left"
service = "it"
command = "mariadb -Ne 'select a from t'"
expect.stdout.equals = "41\n"
]==] },
  rabbitmq = { image = "rabbitmq", text = [==[
plugin = "rabbitmq"
username = "ada"
password = $PASSWORD
vhost = "my shop"
plugins = ["rabbitmq_web_dispatch"]
[[scenario]]
name = "work"
[[scenario.steps]]
name = "publishes, beside it"
service = "it"
command = """amqp-declare-queue -u "$AMQP_URL" -q jobs
for word in one two; do amqp-publish -u "$AMQP_URL" -r jobs -b $word; done"""
expect.stdout.equals = "jobs\n"
[[scenario.steps]]
name = "consumes, by its name"
service = "client"
command = "amqp-consume -u 'amqp://ada:s%27ecr%22et%5Cx%201@$it:5672/my%20shop' -q jobs -c 2 cat"
expect.stdout.equals = "onetwo"
[[scenario.steps]]
name = "wrong password"
service = "client"
command = """for who in ada:wrong guest:guest; do
amqp-get -u "amqp://$who@$it:5672/my%20shop" -q jobs && echo in; done; true"""
expect.stdout.equals = ""
expect.stderr.matches = "(?s)ACCESS_REFUSED.*ACCESS_REFUSED"
[[scenario.steps]]
name = "its own tool"
service = "it"
command = "PATH=/usr/lib/rabbitmq/bin:$PATH; rabbitmqctl -q eval 'rabbit_plugins:active().'"
expect.stdout.contains = "rabbitmq_web_dispatch"
[[scenario]]
name = "next"
[[scenario.steps]]
name = "nothing is left"
service = "it"
command = "amqp-get -u \"$AMQP_URL\" -q jobs"
should_fail = true
expect.stderr.contains = "NOT_FOUND"
]==] },
  prometheus = { image = "prometheus", text = [==[
plugin = "prometheus"
port = 9091
targets = { files = "client:8000" }
scraped = true
rules = "groups: [{ name: g, rules: [{ record: doubled, expr: things_total * 2 }] }]"
depends_on = ["client"]
[[steps]]
name = "queries"
service = "it"
command = """
q() { $get "$PROMETHEUS_URL/api/v1/query?query=$1"; echo; }
q 'up%7Bjob=%22prometheus%22%7D'; q things_total
for i in $(seq 600); do q doubled | grep -q '"14"' && echo doubled && break; sleep 0.1; done"""
expect.stdout.matches = '''(?s)"job":"prometheus"[^\n]*,"1"\].*"files"[^\n]*,"7"\].*doubled'''
]==], client = [==[
entrypoint = "mkdir -p /tmp/w; echo things_total 7 >/tmp/w/metrics; exec $httpd"
wait = { port = 8000 }
]==], alone = [==[
plugin = "prometheus"
scraped = true
[[steps]]
name = "queries"
command = "$get $PROMETHEUS_URL/api/v1/query?query=up"
expect.stdout.matches = '"job":"prometheus"[^\n]*,"1"\]'
]==] },
}

local CLIENT = 'command = ["sleep", "600"]\nstop_timeout = "1ms"\ndepends_on = ["it"]\n'

--- Makes the file of a module; without an image it is one for the sandbox.
---@param name string
---@param image? string
---@param is_alone? boolean
---@return string
function M.file(name, image, is_alone)
  local case = M.CASES[name]
  local line = image and ('image = "%s"\n'):format(image) or ""
  local text = "[services.it]\n" .. line .. (is_alone and case.alone or case.text)
  if is_alone then
    text = text:gsub('service = "client"\n', "")
  else
    text = "[services.client]\n" .. line .. (case.client or CLIENT) .. text
  end
  local values = {
    PASSWORD = ("%q"):format(PASSWORD),
    get = image and "wget -qO-" or "curl -sS",
    httpd = image and "httpd -f -p 8000 -h /tmp/w"
      or "python3 -m http.server -b 127.0.0.1 -d /tmp/w 8000",
    it = is_alone and "127.0.0.1" or "it",
  }
  return '[meta]\nname = "' .. name .. '"\n' .. text:gsub("%$(%a+)", values)
end

--- All that failed.
function M.failures(report)
  local list = { report.err }
  for _, result in ipairs(report.results) do
    for _, one in ipairs(result.failures or {}) do
      list[#list + 1] = result.name .. ": " .. one.message
    end
    for _, one in ipairs(result.verdict ~= "pass" and result.services or {}) do
      list[#list + 1] = ("%s: %s"):format(one.name, table.concat(one.log or {}, "\n"))
    end
  end
  return table.concat(list, "\n")
end

--- Runs a module's file with what it needs beside it, and looks at the ends.
---@param name string
---@param engine? tests.Engine nil: the sandbox
---@param archive? string the image that the sandbox takes; nil: the programs of this machine
---@param env? table<string, string> of clnrm
function M.check(name, engine, archive, env)
  local image = archive and "archive:image.tar" or nil
  if engine then
    image = assert(M.engines.image(M.CASES[name].image, { engine = engine }))
  end
  local place <close> = docker.place(engine or { kind = "docker", host = "unix:///nowhere" })
  place.write("a.clnrm.toml", M.file(name, image, engine and engine.kind == "podman"))
  place.write("one.sql", "create table t (a int);\n")
  place.write("site/a.txt", "a file\n")
  if archive then
    assert(M.engines.run({ "cp", archive, place.dir .. "/image.tar" }))
  end
  local report = place.run({ "-j", "2" }, {
    backend = not engine and "sandbox" or nil,
    env = env or archive and { XDG_CACHE_HOME = place.dir .. "/.cache" } or nil, -- for its image
  })
  assert.equal(0, report.code, M.failures(report))
  for _, result in ipairs(report.results) do
    for _, told in ipairs(result.services) do
      if told.name == "it" then
        assert.is_true(told.asked)
        assert.same({ 0 }, { told.exit_code, told.signal }, told.name)
      end
    end
  end
  if engine then
    assert.same({}, place.left(report.run.run_id))
    assert.equal("", place.files())
  end
  return report
end

return M

--- Rooms of engines that are elsewhere: by TLS, and by ssh.
local docker = dofile("tests/e2e/docker_support.lua")

local engines, support = docker.engines, docker.support

local ROOM = [==[
[meta]
name = "a"
[room]
image = %q
[[steps]]
name = "project"
command = "cat /project/seen.txt; cat; touch /project/x"
stdin = "given"
should_fail = true
expect.stdout.equals = "of the project\ngiven"
expect.stderr.contains = "Read-only"
]==]

local SERVICE = [==[
[services.web]
image = %q
command = "mkdir /www; echo page >/www/index.html; exec httpd -f -p 8000 -h /www"
wait = { http = "http://localhost:8000/" }
[[steps]]
name = "asks"
command = "wget -qO- http://web:8000/"
expect.stdout.equals = "page\n"
]==]

describe("an engine elsewhere", function()
  local engine, why, busybox

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
  end)

  --- Runs a room there, and looks what is left.
  local function check(place, env, more)
    place.write("seen.txt", "of the project\n")
    place.write("a.clnrm.toml", ROOM:format(busybox) .. (more or ""))
    env.CLNRM_DOCKER_RUNG = false
    local report = place.run({}, { env = env })
    assert.equal(0, report.code, docker.failure(report) .. report.err)
    assert.equal("over the engine's stream, copied in", report.results[1].isolation.agent)
    local run = report.run.run_id
    assert.same({}, place.left(run))
    assert.equal("", (engine:docker("volume", "ls", "-q", "--filter", "label=clnrm.run=" .. run)))
    assert.equal("", place.files())
  end

  local function case(name, fn)
    it(name, function()
      if not busybox then
        pending(why)
        return
      end
      local place <close> = docker.place(engine)
      fn(place)
    end)
  end

  case("makes rooms over TLS, with a certificate of ours", function(place)
    local made = support.sh([==[
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
openssl req -x509 $key -keyout ca-key.pem -out ca.pem -subj /CN=ca
for name in server:IP:127.0.0.1 client:DNS:client; do
  what=${name%%:*}
  openssl req $key -keyout $what-key.pem -out $what.csr -subj /CN=$what
  printf 'subjectAltName=%s' "${name#*:}" >$what.ext
  openssl x509 -req -in $what.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
    -extfile $what.ext -out $what.pem
done
mkdir certs && cp ca.pem certs && cp client.pem certs/cert.pem && cp client-key.pem certs/key.pem
chmod 600 certs/key.pem]==], { cwd = place.dir })
    assert.equal(0, made.code, made.err)
    local relay <close> = docker.tcp(engine, { cert = place.dir .. "/server.pem",
      key = place.dir .. "/server-key.pem", ca = place.dir .. "/ca.pem" })
    check(place, { DOCKER_HOST = relay.host, DOCKER_TLS_VERIFY = "1",
      DOCKER_CERT_PATH = place.dir .. "/certs" }, SERVICE:format(busybox))
  end)

  case("makes rooms over ssh", function(place)
    if engine.host ~= "unix:///var/run/docker.sock" then
      pending("docker system dial-stdio speaks with the engine of the machine")
      return
    end
    local sshd <close> = docker.sshd(place.dir)
    check(place, { DOCKER_HOST = sshd.host, PATH = sshd.path })
  end)
end)

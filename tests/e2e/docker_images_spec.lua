--- Images of services in a real engine: by digest, by clnrm.lock, by pull_policy, built.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines
local random = require("engine.random")
local support = docker.support

describe("images of services", function()
  local engine, registry, why, base, place
  local made = {} -- names of images by what their /word says

  local function docker_out(...)
    local out, reason = engine:docker(...)
    return assert(out, reason)
  end

  setup(function()
    engine, why = engines.engine()
    if engine then
      registry, why = engines.registry({ engine = engine })
      base = registry and assert(engines.image("busybox"))
    end
    local dir = support.tempdir()
    for _, word in ipairs(base and { "first", "second" } or {}) do
      support.write(dir .. "/word", word .. "\n")
      support.write(dir .. "/Dockerfile", ("FROM %s\nCOPY word /word\n"):format(base))
      made[word] = ("localhost/clnrm-test%s:%s"):format(dir:lower():gsub("[^a-z0-9]", ""), word)
      assert(engines.run({ "env", "DOCKER_BUILDKIT=0", "docker", "--host", engine.host, "build",
        "-q", "-t", made[word], dir }))
    end
    support.remove(dir)
  end)

  teardown(function()
    if registry then
      local left = engine:docker("images", "--digests", "--format",
        "{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}", registry.address .. "/x/app") or ""
      for name in left:gmatch("%S+") do -- by name: one of them is an image that others have as well
        engine:docker("rmi", name)
      end
      for _, name in pairs(made) do
        engine:docker("rmi", name)
      end
      registry:close()
    end
  end)

  before_each(function()
    if registry then
      place = docker.place(engine)
      place.write("clnrm.toml", "")
    end
  end)

  after_each(function()
    if place then
      place.close()
      place = nil
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not registry then
        pending(why)
        return
      end
      fn()
    end)
  end

  --- Gives the registry an image whose /word says `word`, of which the engine then has no name.
  --- Returns its name, and its digest there.
  local function push(tag, word)
    local name = registry.address .. "/x/app:" .. tag
    docker_out("tag", made[word], name)
    local digest = docker_out("push", name):match("digest: (sha256:%x+)")
    docker_out("rmi", name)
    engine:docker("rmi", name:gsub(":%w+$", "") .. "@" .. digest) -- where it has not gone as well
    return name, digest
  end

  local text -- of the file, with %s for what its step says

  local function file(image, more)
    text = ([==[
[meta]
name = "a"
[services.app]
image = "%s"
command = ["sleep", "60"]
%s
[[steps]]
name = "says"
command = ["cat", "/word"]
expect.stdout.equals = "%%s\n"
]==]):format(image, more or "")
    place.write("a.clnrm.toml", text)
  end

  local function run(...)
    local report = place.run({ ... })
    assert.same({}, place.left(report.run.run_id))
    return report
  end

  local function passes(...)
    local report = run(...)
    assert.equal(0, report.code, docker.failure(report) .. report.err)
  end

  local function says(word, ...)
    place.write("a.clnrm.toml", text:format(word))
    passes(...)
  end

  local function fails(code, verdict, words, ...)
    local report = run(...)
    assert.same({ verdict, code }, { report.results[1].verdict,
      report.results[1].failures[1].code }, docker.failure(report))
    assert.matches(words, docker.failure(report))
    assert.equal(verdict == "infra" and 6 or 2, report.code)
    assert.equal(4, report.results[1].failures[1].line)
    return report.results[1].failures[1]
  end

  case("are those of a digest, whatever their tag means now", function()
    local name, first = push("1", "first")
    push("1", "second")
    file(name:gsub(":1$", "") .. "@" .. first)
    says("first")
    file(name .. "@" .. first)
    says("first")
    file(name .. "@sha256:" .. ("0"):rep(64))
    local failure = fails("V005", "infra", "is not in Docker")
    assert.matches("docker load %-i FILE", failure.help)
    assert.is_nil(failure.help:find("clnrm image load", 1, true)) -- which is of the sandbox
  end)

  case("are pulled as clnrm.lock has them, and with --locked are nothing else", function()
    local name, first = push("2", "first")
    file(name)
    fails("E009", "error", "no such file", "--locked")
    assert.equal(0, place.clnrm({ "pull" }).code)
    docker_out("rmi", name)
    local _, second = push("2", "second")
    says("first") -- the tag has moved; the lock has not
    assert.matches(first, docker_out("image", "inspect", "-f", "{{.RepoDigests}}", name), 1, true)

    assert.not_equal(first, second)
    docker_out("tag", made.second, name)
    says("second") -- what is there is used as it is, as nobody said --locked
    says("first", "--locked")

    file(registry.address .. "/x/app:3")
    fails("E009", "error", "is not in clnrm.lock", "--locked")

    -- of an image without a digest of a registry only the one in the engine can be it
    docker_out("tag", base, registry.address .. "/x/app:4")
    local id = docker_out("image", "inspect", "-f", "{{.Id}}", base)
    place.write("clnrm.lock", ('format = 1\n[[image]]\nname = "%s"\nplatform = "%s"\nid = "%s"\n')
      :format(registry.address .. "/x/app:4", docker_out("version", "-f",
        "{{.Server.Os}}/{{.Server.Arch}}"), id:gsub("%x$", function(c)
        return c == "0" and "1" or "0"
      end)))
    file(registry.address .. "/x/app:4")
    fails("E009", "error", "is not what clnrm.lock has", "--locked")
    place.write("clnrm.lock", "format = 2\n")
    local got = place.clnrm({ "run" })
    assert.equal(2, got.code)
    assert.matches("has format 2", got.err)
  end)

  case("are pulled when pull_policy says so", function()
    local name = push("5", "first")
    file(name, 'pull_policy = "never"')
    fails("V005", "infra", "it is not pulled")
    file(name, 'pull_policy = "missing"')
    says("first")
    push("5", "second")
    docker_out("tag", made.first, name)
    says("first")
    file(name, 'pull_policy = "always"')
    says("second")
    file(name, 'pull_policy = "never"\nplatform = "linux/arm64"')
    fails("V005", "infra", "not for linux/arm64")
  end)

  --- The images that clnrm has built with a label: other runs of this suite have their own.
  local function all_built(label)
    local list = {}
    local ids = docker_out("images", "-q", "--no-trunc", "--filter", "label=clnrm.build",
      "--filter", "label=" .. label)
    for id in ids:gmatch("%S+") do
      list[#list + 1] = id
    end
    table.sort(list)
    return list
  end

  case("are built of a folder of the project", function()
    local label = "clnrm.run=of-the-image-" .. random.hex(8)
    finally(function()
      for _, id in ipairs(all_built(label)) do
        engine:docker("rmi", "-f", id)
      end
    end)
    place.write("app/Dockerfile", ([==[
FROM %s AS base
LABEL %s clnrm.pid=1
ARG WHO=nobody
RUN echo $WHO >/word; head -c 8 /dev/urandom | md5sum >/random
FROM base AS more
COPY . /all
CMD ["sleep", "60"]
]==]):format(base, label))
    place.write("app/.dockerignore", "secret\n")
    place.write("app/secret", "x")
    place.write("app/open", "x")
    place.write("a.clnrm.toml", [==[
[meta]
name = "a"
[services.more]
build = { context = "./app", args = { WHO = "me" } }
[services.base]
build = { context = "app", dockerfile = "./Dockerfile", target = "base", args = ["WHO=you"] }
command = ["sleep", "60"]
[[steps]]
name = "more"
service = "more"
command = "cat /word; ls /all"
expect.stdout.equals = "me\nDockerfile\nopen\n"
[[steps]]
name = "base"
service = "base"
command = "cat /word; ls /all"
expect.stdout.equals = "you\n"
expected_exit_code = 1
]==])
    passes()
    local first = all_built(label)
    assert.equal(2, #first)
    passes()
    assert.same(first, all_built(label)) -- of the engine's cache: RUN would give another /random

    place.write("app/Dockerfile", ("FROM %s\nRUN echo one; echo two >&2; false\n"):format(base))
    local report = run()
    assert.equal(2, report.code)
    local failure = report.results[1].failures[1]
    assert.same({ "E010", 4 }, { failure.code, failure.line })
    assert.matches("the build of ./app failed at Step 2/3 : RUN echo one", failure.message, 1, true)
    assert.matches("returned a non-zero code: 1", failure.message, 1, true)
    local log = "\n" .. failure.notes[1]
    assert.matches("\nlog of the build:\n", log)
    assert.matches("\none\n", log)
    assert.matches("\ntwo\n", log)

    assert.equal(2, run("--backend", "sandbox").code)
  end)
end)

--- clnrm dry-run of 100 templated files, small ones and larger ones, whole process: files that
--- are as they were at the last plan, and with no cache, as new ones are read; beside reading the
--- files, `validate`, and a plan of as many files without a tag.  ORIGINAL=PATH is the program that
--- was called clnrm before (1.3.0, `cargo install clnrm`): its dry-run of files that both read,
--- which give no values to tags.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local COUNT = 100

local HEAD = [==[
[meta]
name = "file %d"
tags = ["fast", "{{ env }}"]

[vars]
users = ["ada", "grace", "edsger"]
port = %d

]==]

local SMALL = [==[
[[scenario]]
name = "{{ vars.users | first | upper }} is served by {{ svc }}"
run = ["echo", "{{ vars.port }}", "{{ env }}"]
]==]

local BODY = [==[
[services.web]
command = ["python3", "-m", "http.server", "{{ vars.port }}"]
ports = [{{ vars.port }}]
wait = { http = "/" }

{% for user in vars.users %}
[[scenario]]
name = "{{ user | upper }} is served"
{% for step in range(end=3) %}
[[scenario.steps]]
name = "step {{ step }}{% if step == 0 %}, the first{% endif %}"
command = ["curl", "-sS", "http://web:{{ vars.port }}/{{ user | slugify }}/{{ step * 7 }}"]
env = { SERVICE = "{{ svc }}", WHO = "{{ user }}" }
expect.stdout.contains = "{{ user | title }}"
timeout = "10s"
{% endfor %}
{% endfor %}
]==]

--- The same file as it is rendered.
local function plain(number, port)
  local parts = { HEAD:format(number, port):gsub("{{ env }}", "ci"):gsub("%[vars%].*", ""),
    ('[services.web]\ncommand = ["python3", "-m", "http.server", "%d"]\nports = [%d]\n'
      .. 'wait = { http = "/" }\n'):format(port, port) }
  for _, user in ipairs({ "ada", "grace", "edsger" }) do
    parts[#parts + 1] = ('\n[[scenario]]\nname = "%s is served"\n'):format(user:upper())
    for step = 0, 2 do
      parts[#parts + 1] = ([==[
[[scenario.steps]]
name = "step %d"
command = ["curl", "-sS", "http://web:%d/%s/%d"]
env = { SERVICE = "clnrm", WHO = "%s" }
expect.stdout.contains = "%s"
timeout = "10s"
]==]):format(step, port, user, step * 7, user, user:gsub("^%l", string.upper))
    end
  end
  return table.concat(parts)
end

--- Makes a folder of files.
local function folder(name, text_of, ending)
  local dir = compare.directory(name)
  compare.write(dir .. "/clnrm.toml", "")
  for i = 1, COUNT do
    compare.write(("%s/t%03d%s"):format(dir, i, ending), text_of(i, 8000 + i))
  end
  os.execute(("touch -d '1 hour ago' %s/*"):format(dir)) -- what was saved just now is not kept
  return dir
end

--- Makes a folder of templates.
local function templates(name, body)
  return folder(name, function(number, port)
    return HEAD:format(number, port) .. body
  end, ".clnrm.toml.tera")
end

local small, large = templates("dry-run-small", SMALL), templates("dry-run-large", BODY)
local without = folder("dry-run-plain", plain, ".clnrm.toml")
local own = ("env HOME=$PWD/%s XDG_CACHE_HOME=$PWD/%s/cache XDG_STATE_HOME=$PWD/%s/state ")
  :format(large, large, large)

--- A file of both programs: it makes its values itself.
local BOTH = [==[
{%% set who = "ada" %%}{%% set port = %d %%}
[test.metadata]
name = "file %d of {{ who }}"

[services.c]
type = "generic_container"
image = "alpine:latest"
{%% for step in range(end=3) %%}
[[steps]]
name = "{{ who | upper }} {{ step }}{%% if step == 0 %%}, the first{%% endif %%}"
command = ["echo", "{{ port }}", "{{ who | title }}/{{ step * 7 }}"]
service = "c"
{%% endfor %%}
]==]

local function case(name, words, goal)
  return { name = name, measure = compare.command(5, own .. words), goal = goal }
end

compare.run({
  name = "dry-run-small",
  title = ("dry-run of %d templated files of 13 lines and one step, whole process"):format(COUNT),
  rounds = 10,
  cases = {
    case("cat", ("sh -c 'cat %s/*.tera > /dev/null'"):format(small)),
    case("clnrm dry-run, files known", ("%s dry-run -q %s"):format(clnrm, small), "23 ms"),
    case("clnrm dry-run --no-cache", ("%s dry-run -q --no-cache %s"):format(clnrm, small)),
    case("clnrm validate, files known", ("%s validate -q %s"):format(clnrm, small)),
    case("clnrm validate --no-cache", ("%s validate -q --no-cache %s"):format(clnrm, small)),
  },
})
compare.run({
  name = "dry-run-large",
  title = ("dry-run of %d templated files of 3 scenarios and 9 steps each, whole process"):format(
    COUNT),
  rounds = 10,
  cases = {
    case("cat", ("sh -c 'cat %s/*.tera > /dev/null'"):format(large)),
    case("clnrm dry-run, files known", ("%s dry-run -q %s"):format(clnrm, large)),
    case("clnrm dry-run --no-cache", ("%s dry-run -q --no-cache %s"):format(clnrm, large)),
    case("clnrm dry-run --json", ("sh -c '%s dry-run --json %s > /dev/null'"):format(clnrm, large)),
    case("clnrm validate, files known", ("%s validate -q %s"):format(clnrm, large)),
    case("clnrm dry-run of files without tags", ("%s dry-run -q %s"):format(clnrm, without)),
  },
})

local original = os.getenv("ORIGINAL")
if original then
  local both = folder("dry-run-both", function(number, port)
    return BOTH:format(port, number)
  end, ".clnrm.toml.tera")
  compare.run({
    name = "dry-run-original",
    title = ("dry-run of %d templated files of three steps, whole process"):format(COUNT),
    rounds = 10,
    cases = {
      case("the program called clnrm before", ("sh -c '%s dry-run %s/*.tera >/dev/null'"):format(
        original, both)),
      case("clnrm dry-run, files known", ("%s dry-run -q %s"):format(clnrm, both), "0.4"),
      case("clnrm dry-run --no-cache", ("%s dry-run -q --no-cache %s"):format(clnrm, both)),
    },
  })
end

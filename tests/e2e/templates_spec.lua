--- Test files that are templates, as a user drives them.
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

local MACROS = [==[
{% macro step(name, says) %}
[[steps]]
name = "{{ name }}"
command = ["echo", "{{ says }}"]
expect.stdout.equals = "{{ says | upper | lower }}\n"
{% endmacro step %}
]==]

local FILE = [==[
{# two steps from one macro #}
{% import "_steps.toml.tera" as steps %}
[meta]
name = "says {{ who }} in {{ env }}"

[vars]
words = ["one", "two"]

{% for word in words -%}
  {{ steps::step(name="say " ~ word, says=word) }}
{% endfor %}
{% include "missing.tera" ignore missing %}
]==]

describe("a test file in Tera's language", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_CACHE_HOME = dir .. "/cache", ENV = "stage" }
    support.write(dir .. "/clnrm.toml", "[vars]\nwho = 'ann'\n")
    support.write(dir .. "/_steps.toml.tera", MACROS)
    support.write(dir .. "/a.clnrm.toml.tera", FILE)
    support.write(dir .. "/b.toml.tera", (FILE:gsub("%[meta%]", "[meta]\ntags = ['b']")))
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function clnrm(arguments)
    return sh("clnrm " .. arguments, { cwd = dir, env = env })
  end

  local function kept()
    local list = {}
    for line in sh(("find '%s/cache/clnrm/compiled' -type f -printf '%%m %%p\\n'"):format(dir))
      .out:gmatch("[^\n]+") do
      list[#list + 1] = line
    end
    return list
  end

  it("runs, with loops, macros, the project's [vars] and the standard names", function()
    local got = clnrm("run")
    assert.equal(0, got.code, got.out .. got.err)
    assert.matches("a%.clnrm%.toml%.tera › says ann in stage", got.out)
    assert.matches("2 run: 2 passed", got.out)
  end)

  it("is wrong where it is written, whatever it was rendered to", function()
    support.write(dir .. "/a.clnrm.toml.tera", (FILE:gsub("says=word", "says=wrd")))
    local got = clnrm("validate a.clnrm.toml.tera")
    assert.equal(2, got.code)
    assert.matches("error%[R002%]: `wrd` is not defined", got.out .. got.err)
    assert.matches("a%.clnrm%.toml%.tera:10:43", got.out .. got.err)
    support.write(dir .. "/a.clnrm.toml.tera", FILE .. "[limits]\nmemory_mbb = 1\n")
    got = clnrm("validate a.clnrm.toml.tera")
    assert.matches("a%.clnrm%.toml%.tera:14:1", got.out .. got.err)
    assert.matches("note: rendered as line %d+", got.out .. got.err)
  end)

  it("draws the same for one seed, and another for another", function()
    support.write(dir .. "/a.clnrm.toml.tera", "[meta]\nname = '{{ uuid_v4() }}'\n"
      .. "[determinism]\nseed = 1\n[[steps]]\nname = 's'\ncommand = ['true']\n")
    local function name(more)
      return clnrm("list a.clnrm.toml.tera " .. more).out:match("%x+%-%x+%-%x+%-%x+%-%x+")
    end
    local first = assert(name(""))
    assert.equal(first, name(""))
    local text = support.read(dir .. "/a.clnrm.toml.tera"):gsub("seed = 1", "seed = 2")
    support.write(dir .. "/a.clnrm.toml.tera", text)
    assert.not_equal(first, name(""))
  end)

  it("is compiled once, kept for this user alone, and taken only when it is whole", function()
    assert.equal(0, clnrm("run a.clnrm.toml.tera").code)
    local files = kept()
    assert.equal(2, #files) -- the file, the macro
    for _, line in ipairs(files) do
      assert.matches("^600 ", line)
      sh(("printf x >> '%s'"):format(line:sub(5)))
    end
    assert.equal(0, clnrm("run a.clnrm.toml.tera").code)
    sh(("rm -rf '%s/cache/clnrm/compiled'"):format(dir))
    assert.equal(0, clnrm("run --no-cache a.clnrm.toml.tera").code)
    assert.same({}, kept())
  end)

  it("sees a macro that has changed, though its own text has not", function()
    assert.equal(0, clnrm("run a.clnrm.toml.tera").code)
    support.write(dir .. "/_steps.toml.tera", (MACROS:gsub("upper | lower", "upper")))
    assert.equal(1, clnrm("run a.clnrm.toml.tera").code)
  end)

  it("is read by a program that was copied out of its tree, with no library beside it", function()
    local got = sh('cp "$CLNRM" . && ./clnrm validate a.clnrm.toml.tera && '
      .. './clnrm validate a.clnrm.toml.tera', { cwd = dir, env = env })
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("names the standard names, behind those that the file and the project have", function()
    os.remove(dir .. "/clnrm.toml")
    support.write(dir .. "/c.clnrm.toml", "[meta]\nname = '{{ xyz }}'\n")
    local got = clnrm("validate c.clnrm.toml")
    assert.equal(2, got.code)
    assert.matches("known here: endpoint, env, exporter", got.out .. got.err, 1, true)
    support.write(dir .. "/c.clnrm.toml", "[meta]\nname = '{{ xyz }} {{ who }}'\n[vars]\nwho = 1\n")
    got = clnrm("validate c.clnrm.toml")
    assert.matches("known here: who, endpoint, env, exporter", got.out .. got.err, 1, true)
  end)
end)

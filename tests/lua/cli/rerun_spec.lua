local parse = require("engine.cli.parse").parse
local rerun = require("engine.cli.rerun")

describe("a command that runs a test again", function()
  local function options(...)
    return rerun.options(assert(parse({ ... })).given)
  end

  --- What is said of it.
  local function note(...)
    return (select(2, options(...)))
  end

  it("takes over what can change a verdict, as it was given", function()
    assert.equal(" --timeout 5s --env-file 'my secrets' --strict --profile ci --config other.toml"
      .. " --backend sandbox --allow host-hooks --flaky fail --retries 2 --no-overrides",
      options("run", "--timeout=5s", "--env-file", "my secrets", "--strict", "--profile", "ci",
        "-c", "other.toml", "--backend", "sandbox", "--allow", "host-hooks", "--flaky=fail",
        "--retries", "2", "--no-overrides"))
    assert.equal(" --directory 'it'\\''s' --repeat until-fail=9 --order random --seed 7",
      options("-C", "it's", "run", "--repeat", "until-fail=9", "--order", "random", "--seed", "7"))
    assert.equal(" --timeout 2s", options("run", "--timeout", "9s", "--timeout", "2s"))
    assert.equal(" --define a=1 --define 'b=c d' --vars v.json",
      options("run", "-D", "a=1", "-m", "b=c d", "--vars", "v.json"))
  end)

  it("shows no value of -D that is named like a secret", function()
    assert.equal(" --define 'db_password=***' --define user=ada",
      options("run", "-D", "db_password=open sesame", "-D", "user=ada"))
  end)

  it("shows no password of a URL either", function()
    assert.equal(" --define 'DB=postgres://***@h/x?a=1'",
      options("run", "-D", "DB=postgres://me:open-sesame@h/x?a=1"))
  end)

  it("says what has to be given that it does not show", function()
    assert.equal("*** stands for the values of --define db_password and --define DB: give them",
      note("run", "-D", "db_password=x", "-D", "user=ada", "-D", "DB=postgres://me:x@h/x"))
    assert.equal("*** stands for the value of --define token: give it",
      note("run", "-D", "token=x", "-D", "token=y"))
    assert.equal("--vars - reads standard input: give it the same values",
      note("run", "--vars", "-"))
    assert.equal("--vars /dev/stdin reads standard input: give it the same values",
      note("run", "--vars", "/dev/stdin"))
    assert.is_nil(note("run", "-D", "user=ada", "-D", "mark=***", "--vars", "v.json"))
  end)

  it("is none where a value cannot be typed as it was given", function()
    for _, value in ipairs({ "a\nb", "a\tb", "a\27[31mb", "a\127b", "a\xffb", "a\u{202e}b" }) do
      local command, why = options("run", "-D", "region=" .. value, "-D", "a=1")
      assert.is_false(command, value)
      assert.equal("no command to copy: --define region has characters that are not shown as they "
        .. "are; give it as before", why)
    end
    assert.is_false(options("run", "--profile", "a\nb"))
    assert.matches("--profile has", note("run", "--profile", "a\nb"), 1, true)
    assert.equal(" --define 'password=***'", options("run", "-D", "password=a\nb"))
    assert.equal(" --define city=Köln", (options("run", "-D", "city=Köln"):gsub("'", "")))
  end)

  it("leaves out what chooses tests, or only shows", function()
    assert.equal("", options("run", "-v", "-q", "-j", "2", "-x", "-k", "a", "--tag", "b", "--json",
      "--report", "tap=x", "--no-record", "--failed", "a.clnrm.toml"))
  end)

  it("is read by clnrm as this one was", function()
    local line = assert(parse({ "run", "--timeout", "5s", "--retries", "2", "--strict" }))
    local words = { "run" }
    for word in rerun.options(line.given):gmatch("%S+") do
      words[#words + 1] = word
    end
    assert.same(line.opts, parse(words).opts)
  end)
end)

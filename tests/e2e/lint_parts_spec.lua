--- clnrm lint of many files: in as many processes as there are processors, and nobody sees it.
local support = dofile("tests/e2e/support.lua")

local FILE = [==[
[meta]
name = "file %d"
tags = ["fast"]
[services.db]
command = ["serve", "%d"]
env = { DB_PASSWORD = "hunter2-of-%d" }
[[steps]]
name = "one"
%s
]==]

describe("lint of many files", function()
  local dir

  setup(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "[lint]\nextend_select = [\"no-expectation\"]\n")
    local lines = { 'command = ["ls /"]', 'command = "true"', "command = 1", 'comand = "x"',
      'command = "sleep 9" # clnrm: ignore[L301] it settles' }
    local fill = ("# what this file is about: a comment that is some words long\n"):rep(60)
    for i = 1, 200 do
      support.write(("%s/t%03d.clnrm.toml"):format(dir, i),
        FILE:format(i, i, i, lines[i % #lines + 1]) .. fill)
    end
    support.write(dir .. "/u.clnrm.toml", "x = 1\xff\n")
  end)

  teardown(function()
    support.remove(dir)
  end)

  local function lint(before, words)
    return support.sh(before .. '"$CLNRM" lint ' .. words, { cwd = dir })
  end

  for _, words in ipairs({ "", "-f concise", "-f json", "-f sarif", "-f github", "--statistics",
    "--select L004 --deny-warnings", "--config none", "-q" }) do
    it("tells the same as one process: " .. words, function()
      local one, many = lint("taskset -c 0 ", words), lint("", words)
      assert.same(one, many)
      assert.equal(2, many.code)
      assert.is_true(#many.out > 100)
    end)
  end

  it("keeps the same texts for the next time", function()
    local function kept(before)
      return support.sh(before .. '"$CLNRM" lint -q --ignore no-expectation >/dev/null; '
        .. "cat .cache/clnrm/lint/* | sort | tail -n +2", { cwd = dir, env = { HOME = dir } }).out
    end
    local many = kept("")
    assert.is_true(#many > 1000)
    support.remove(dir .. "/.cache")
    assert.equal(kept("taskset -c 0 "), many)
  end)

  it("is done by one process where files are few, mended or ruled by the project", function()
    local function started(words)
      local got = support.sh(("mkdir -p d; cp t001.clnrm.toml d/; ASAN_OPTIONS=detect_leaks=0"
        .. " strace -f -qq -o trace -e trace=execve \"$CLNRM\" lint -q %s >/dev/null 2>&1;"
        .. " grep -c lint-part trace; rm -r d trace"):format(words), { cwd = dir })
      return tonumber(got.out)
    end
    assert.equal(0, started("d"))
    assert.equal(0, started("--diff ."))
    assert.equal(0, started("-D a=1 ."))
    support.write(dir .. "/lint/x.lua", 'return clnrm.rule { id = "X001", name = "x",'
      .. " visit = { step = function() end } }\n")
    assert.equal(0, started("."))
  end)
end)

--- A text on standard input: read no further than a test file may be long, and no other one for it.
local support = dofile("tests/e2e/support.lua")

describe("standard input", function()
  local LINES = { "lint -", "lint --stdin-filename x.clnrm.toml", "migrate -", "fmt -",
    "fmt --stdin", "render -", "validate -", "dry-run -", "graph -" }

  for _, line in ipairs(LINES) do
    it("is cut off where it is too long: " .. line, function()
      local got = support.sh('head -c 200000000 /dev/zero 2>&1 | clnrm ' .. line
        .. '; echo "${PIPESTATUS[0]} ${PIPESTATUS[1]}"')
      assert.equal("error: standard input is larger than 16 MiB\n", got.err)
      local wrote, code = got.out:match("(%d+) (%d+)\n$")
      assert.equal("2", code)
      assert.are_not.equal("0", wrote) -- who wrote it was told to stop
    end)
  end

  it("may be as long as that", function()
    local got = support.sh("{ head -c 16777215 /dev/zero | tr '\\0' '#'; echo; } | clnrm fmt -"
      .. " | wc -c")
    assert.same({ "", "16777216" }, { got.err, got.out:match("%d+") })
  end)

  describe("beside other things", function()
    local dir
    setup(function()
      dir = support.tempdir()
      support.write(dir .. "/good", '[meta]\nname = "a"\n\n[[steps]]\nname = "s"\n'
        .. 'command = ["true"]\nexpected_exit_code = 0\n')
      support.write(dir .. "/old", '[test.metadata]\nname = "a"\n\n[[steps]]\nname = "s"\n'
        .. 'command = ["true"]\nexpected_exit_code = 0\n')
      support.write(dir .. "/bad.clnrm.toml", "x = [\n")
    end)

    teardown(function()
      support.remove(dir)
    end)

    local function with(file, line)
      return support.sh(("cd '%s' && clnrm %s < %s"):format(dir, line, file))
    end

    it("is read alone: a path is not left out", function()
      for _, line in ipairs({ "lint -", "lint --fix -", "lint --stdin-filename x.clnrm.toml",
        "fmt -", "fmt --stdin", "migrate -", "migrate --diff -", "validate -", "dry-run -" }) do
        local got = with("good", line .. " bad.clnrm.toml")
        assert.equal(2, got.code, line)
        assert.matches("^error: standard input is read alone\n", got.err, 1, false, line)
        assert.equal("", got.out, line)
      end
    end)

    it("that is mended goes to standard output alone", function()
      for _, line in ipairs({ "lint --fix - -f json", "lint --fix - -f sarif", "fmt - -f json",
        "fmt --stdin-filename a.clnrm.toml -f json", "migrate - -f json" }) do
        local got = with("old", line)
        assert.equal(2, got.code, line)
        assert.matches("^error: what becomes of standard input and %-%-format %a+ are both "
          .. "for standard output\n", got.err, 1, false, line)
        assert.equal("", got.out, line)
      end
    end)

    it("is migrated to standard output", function()
      assert.same({ 0, support.read(dir .. "/good"), "" }, (function()
        local got = with("old", "migrate -")
        return { got.code, got.out, got.err }
      end)())
      assert.equal(support.read(dir .. "/good"), with("good", "migrate -").out)
      local got = with("old", "migrate --diff -")
      assert.equal(1, got.code)
      assert.matches("\n%-%[test%.metadata%]\n%+%[meta%]\n", got.out)
      assert.matches('"diff":"', with("old", "migrate --diff -f json -").out)
      assert.equal("x = [\n", with("bad.clnrm.toml", "migrate -").out)
      assert.equal(2, with("bad.clnrm.toml", "migrate -").code)
    end)
  end)

  it("that cannot be read is no empty text", function()
    for _, line in ipairs(LINES) do
      local got = support.sh("clnrm " .. line .. " < /")
      assert.equal(2, got.code, line)
      assert.matches("^error: standard input cannot be read: .*irectory\n$", got.err, 1, false,
        line)
    end
  end)
end)

--- A text on standard input: read no further than a test file may be long, and no other one for it.
local support = dofile("tests/e2e/support.lua")

describe("standard input", function()
  local LINES = { "lint -", "lint --stdin-filename x.clnrm.toml", "fmt -", "fmt --stdin",
    "render -", "validate -", "dry-run -", "graph -" }

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

  it("that cannot be read is no empty text", function()
    for _, line in ipairs(LINES) do
      local got = support.sh("clnrm " .. line .. " < /")
      assert.equal(2, got.code, line)
      assert.matches("^error: standard input cannot be read: .*irectory\n$", got.err, 1, false,
        line)
    end
  end)
end)

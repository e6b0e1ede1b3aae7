--- What the sanitizers of a variant are told: an exit code is the program's, no accident of theirs.
local support = dofile("tests/e2e/support.lua")

local is_address = os.getenv("CLNRM_VARIANT") == "address"

describe("AddressSanitizer", function()
  it(is_address and "does not guess at the thread-local memory of libraries: see tools/asan.c"
    or "is in the variant address only", function()
    local got = support.sh("ASAN_OPTIONS=help=1 clnrm version 2>&1")
    assert.equal(0, got.code, got.out)
    if is_address then
      assert.matches("intercept_tls_get_addr%s+%- [^\n]+%(Current Value: false%)", got.out)
    else
      assert.not_matches("Current Value", got.out)
    end
  end)
end)

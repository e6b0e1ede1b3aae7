--- What the sanitizers of a variant are told: an exit code is the program's, no accident of theirs.
local support = dofile("tests/e2e/support.lua")

local variant = os.getenv("CLNRM_VARIANT") or "release"

describe("AddressSanitizer", function()
  it("does not guess at the thread-local memory of libraries: see tools/asan.c", function()
    if variant ~= "address" then
      pending("only in VARIANT=address")
      return
    end
    local got = support.sh("ASAN_OPTIONS=help=1 clnrm version 2>&1")
    assert.matches("intercept_tls_get_addr%s+%- [^\n]+%(Current Value: false%)", got.out)
  end)
end)

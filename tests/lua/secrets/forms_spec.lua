--- The forms in which a value is found: as languages and tools write it.
local mask = require("engine.secrets.mask")

local function masked(value, text)
  return mask.new({ value }).raw("a " .. text .. " b")
end

describe("a value with letters that are not ASCII is masked", function()
  local VALUE = "Pässwörd-Ünique-1"
  for name, text in pairs({
    ["in bytes of Python"] = [[P\xc3\xa4ssw\xc3\xb6rd-\xc3\x9cnique-1]],
    ["by ascii() of Python"] = [[P\xe4ssw\xf6rd-\xdcnique-1]],
    ["in octal of C, as ls and sed have it"] = [[P\303\244ssw\303\266rd-\303\234nique-1]],
    ["by ls for a shell"] = [[P'$'\303\244''ssw'$'\303\266''rd-'$'\303\234''nique-1]],
    ["in upper hexadecimal"] = [[P\xC3\xA4ssw\xC3\xB6rd-\xC3\x9Cnique-1]],
    ["in braces, as Rust and JavaScript have it"] = [[P\u{e4}ssw\u{f6}rd-\u{dc}nique-1]],
    ["in braces of Perl"] = [[P\x{e4}ssw\x{f6}rd-\x{dc}nique-1]],
    ["by Go"] = [[P\u00e4ssw\u00f6rd-\u00dcnique-1]],
    ["in Latin-1"] = "P\xe4ssw\xf6rd-\xdcnique-1",
    ["by cat -v"] = "PM-CM-$sswM-CM-6rd-M-CM-^\\nique-1",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end

  it("beyond the first 65536 by Python and Go, and at both ends by ls", function()
    assert.equal("a *** b", masked("key-😀-key", [[key-\U0001f600-key]]))
    assert.equal("a ''$'***' b", masked("äbcdefgö", [[''$'\303\244''bcdefg'$'\303\266']]))
  end)
end)

describe("a value with control characters is masked", function()
  local VALUE = "tab\there\1\0237\27[x\127'"
  for name, text in pairs({
    ["by repr() of Python"] = [[tab\there\x01\x177\x1b[x\x7f']],
    ["by node"] = [[tab\there\x01\x177\x1B[x\x7F\']],
    ["by Perl, with short numbers"] = [[tab\there\1\0277\e[x\177']],
    ["by bash"] = [[tab\there\001\0277\E[x\177\']],
    ["by C"] = [[tab\there\001\0277\033[x\177']],
    ["by strace"] = [[tab\there\1\0277\33[x\177']],
    ["by Rust"] = [[tab\there\u{1}\u{17}7\u{1b}[x\u{7f}']],
    ["by cat -A"] = "tab^Ihere^A^W7^[[x^?'",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end
end)

describe("a value is masked where it was escaped twice, doubled or counted", function()
  local VALUE = [[it's "so" & 50% <a\b>/]]
  for name, text in pairs({
    ["in single quotes of YAML and SQL"] = [[it''s "so" & 50% <a\b>/]],
    ["in CSV"] = [[it's ""so"" & 50% <a\b>/]],
    ["as JSON in JSON in JSON"] = [[it's \\\\\\\"so\\\\\\\" & 50% <a\\\\\\\\b>/]],
    ["as JSON in single quotes"] = [[it\'s \\"so\\" & 50% <a\\\\b>/]],
    ["as HTML in HTML"] = [[it's &amp;quot;so&amp;quot; &amp;amp; 50% &amp;lt;a\b&amp;gt;/]],
    ["as an address in an address"] = "it%2527s%2520%2522so%2522%2520%2526%252050%2525%2520"
      .. "%253Ca%255Cb%253E%252F",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end

  it("as octal and decimal numbers", function()
    assert.equal("a \\*** b", masked("hunter2x", [[\150\165\156\164\145\162\062\170]]))
    assert.equal("a *** b", masked("hunter2x", "150 165 156 164 145 162 062 170"))
    assert.equal("[***]", mask.new({ "hunter2x" }).raw("[104, 117, 110, 116, 101, 114, 50, 120]"))
  end)
end)

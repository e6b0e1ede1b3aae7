// tomlplusplus.cpp -- Debian's toml++: tomlplusplus FILE N reads FILE N times, prints CPU seconds.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <toml++/toml.h>

int main(int, char **argv)
{
    std::ifstream file(argv[1]);
    std::ostringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    const int rounds = std::atoi(argv[2]);
    size_t keys = 0;
    for (int i = 0; i < rounds / 10 + 1; i++)
        keys += toml::parse(std::string_view(text)).size();
    const std::clock_t start = std::clock();
    for (int i = 0; i < rounds; i++)
        keys += toml::parse(std::string_view(text)).size();
    std::printf("%.6f\n", double(std::clock() - start) / CLOCKS_PER_SEC);
    return keys == 0;
}

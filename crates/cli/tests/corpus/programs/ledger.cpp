// The same in C++: exceptions and what only C++ has.
#include <cstring>
#include <iostream>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

struct Report {
    Report() { prepare(); }
    void prepare() { print(); }
    virtual void print() = 0;
    virtual ~Report() = default;
};

struct Sheet : Report {
    void print() override { std::cout << "sheet\n"; }
};

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    if (!std::strcmp(how, "throw")) throw std::runtime_error("ledger file is corrupt: bad magic 0x00000000");
    if (!std::strcmp(how, "throw-int")) throw 7;
    if (!std::strcmp(how, "range")) std::cout << std::vector<int>(3).at(9);
    if (!std::strcmp(how, "pure")) Sheet();
    if (!std::strcmp(how, "allocate")) {
        volatile std::size_t most = std::size_t(1) << 60;
        std::cout << static_cast<void *>(new char[most]);
    }
    if (!std::strcmp(how, "thread")) std::thread([] { std::cout << "running\n"; });
}

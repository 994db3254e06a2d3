#pragma once

namespace chat {

/// What a commit survives. Both survive the death of the process, `kill -9` included.
enum class Durability {
    power_loss,  ///< synchronous=FULL: each commit waits for the disk (0.1 ms instead of 0.04 ms on an SSD)
    process_death,  ///< synchronous=NORMAL: a power loss may undo the last commits, but leaves the database
                    ///< whole
};

}  // namespace chat

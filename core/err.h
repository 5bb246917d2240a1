#ifndef TRI_CORE_ERR_H
#define TRI_CORE_ERR_H

/** Result of every fallible call: 0, or one negative code. Never errno. */
enum tri_err {
    TRI_OK = 0,
    TRI_E_ARG = -1,      /**< a documented precondition does not hold      */
    TRI_E_NOMEM = -2,    /**< the arena is full                            */
    TRI_E_IO = -3,       /**< the link broke: peer gone, short read        */
    TRI_E_TIMEOUT = -4,  /**< the deadline passed; the stream is now dirty */
    TRI_E_PROTO = -5,    /**< a peer sent something the protocol forbids   */
    TRI_E_DEAD = -6,     /**< an earlier failure already killed the session*/
    TRI_E_MISMATCH = -7, /**< the parties do not agree on the run          */
    TRI_E_FORMAT = -8,   /**< a text or file is not in its format          */
    TRI_E_RANGE = -9,    /**< a number is outside its documented range     */
    TRI_E_CRYPTO = -10,  /**< authentication failed, or a key limit is hit */
    TRI_E_STOPPED = -11, /**< ended early because somebody asked for it    */
    TRI_E_SPOILT = -12,  /**< numbers have left the range they are right in*/
    TRI_E_CHEAT = -13    /**< verification found a wrong message           */
};

/** Constant English text for `err`; never NULL, also for unknown codes. */
const char *tri_strerror(int err);

#endif

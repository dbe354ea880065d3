/// The version of `finetune`, which files that it writes carry.
package let toolVersion = "0.1.0"
